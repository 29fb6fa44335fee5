//! Scripts, and one call of one.

use ::redis::{Cmd, ToRedisArgs, cmd};

/// A Lua script. Called by its digest; sent in full when the server does not know it (any more).
#[derive(Clone, Debug)]
pub struct Script {
    text: String,
    digest: String,
}

impl Script {
    /// A script with this text.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        let digest = ::redis::Script::new(&text).get_hash().to_owned();
        Self { text, digest }
    }

    /// A call that touches the keys that begin with `key`.
    pub fn on<'a>(&'a self, key: &'a str) -> Call<'a> {
        Call { script: self, key, arguments: Vec::new() }
    }
}

/// A script with its arguments.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    script: &'a Script,
    key: &'a str,
    arguments: Vec<Vec<u8>>,
}

impl Call<'_> {
    /// Adds an argument, or several.
    #[must_use]
    pub fn arg(mut self, argument: impl ToRedisArgs) -> Self {
        argument.write_redis_args(&mut self.arguments);
        self
    }

    pub(super) fn by_digest(&self) -> Cmd {
        self.command("EVALSHA", &self.script.digest)
    }

    /// Leaves the script with the server: the next call goes by digest again.
    pub(super) fn in_full(&self) -> Cmd {
        self.command("EVAL", &self.script.text)
    }

    fn command(&self, verb: &str, script: &str) -> Cmd {
        let mut command = cmd(verb);
        command.arg(script).arg(1).arg(self.key);
        for argument in &self.arguments {
            command.arg(argument.as_slice());
        }
        command
    }
}
