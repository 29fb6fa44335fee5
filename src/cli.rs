//! The command line: one file per verb. Verbs that ask a running server do it over HTTP, as anybody could.
//!
//! Exit codes: 0 done, 1 refused or failed, 2 usage, 64 bad configuration.

mod actors;
mod audit_log;
mod client;
mod config;
mod connection;
mod dead_letters;
mod doctor;
mod driver;
mod exit;
mod instances;
mod load;
mod migrate;
mod openapi;
mod operations;
mod order;
mod outbox;
mod output;
mod path;
mod pipeline;
mod problem;
mod serve;
mod settings;
mod table;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use connection::Connection;
use output::Output;

/// A supervised dispatch runtime: an order in, a driver out.
#[derive(Debug, Parser)]
#[command(name = "tropa", version, propagate_version = true, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    connection: Connection,
    /// Tables for people, JSON for programs
    #[arg(long, short, global = true, value_enum, env = "TROPA_OUTPUT", default_value_t)]
    output: Output,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run the server in the foreground
    Serve(Box<serve::Serve>),
    /// Create, look at and command orders
    #[command(subcommand)]
    Order(order::Order),
    /// Add, move and list drivers
    #[command(subcommand)]
    Driver(driver::Driver),
    /// Look at the supervision tree, and do things to it on purpose
    #[command(subcommand)]
    Actors(actors::Actors),
    /// Look at the running processes, and take one out of the work
    #[command(subcommand)]
    Instances(instances::Instances),
    /// List, replay, discard and restore what could not be processed
    #[command(subcommand)]
    DeadLetters(dead_letters::DeadLetters),
    /// Look at what is done to many things at once, stop it, undo it
    #[command(subcommand)]
    Operations(operations::Operations),
    /// See who did what
    #[command(subcommand)]
    AuditLog(audit_log::AuditLog),
    /// Look at the messages on their way to the broker
    #[command(subcommand)]
    Outbox(outbox::Outbox),
    /// Every stage at a glance, what is promised, and what needs a person
    Pipeline(pipeline::Pipeline),
    /// Show and check the configuration
    #[command(subcommand)]
    Config(config::Config),
    /// Bring the database's schema up to date, as serve does when it starts
    Migrate(Box<migrate::Migrate>),
    /// Look whether everything is right: configuration, data folder, ports, server, clock
    Doctor(Box<doctor::Doctor>),
    /// Print the API's description, OpenAPI 3.1
    Openapi,
    /// Send orders at a fixed rate and measure, with a ledger if asked for
    Loadgen(Box<tropa_load::loadgen::Args>),
    /// Live in a small city: drivers move, orders come in, deliveries finish
    Simulate(Box<tropa_load::simulate::Args>),
}

/// Does what the command line says; the exit code says how it went.
pub fn main() -> ExitCode {
    let Cli { connection, output, verb } = Cli::parse();
    let done = match verb {
        Verb::Serve(verb) => return verb.run(),
        Verb::Order(verb) => connection.run(async |client| verb.run(&client, output).await),
        Verb::Driver(verb) => connection.run(async |client| verb.run(&client, output).await),
        Verb::Actors(verb) => connection.run(async |client| verb.run(&client, output).await),
        Verb::Instances(verb) => connection.run(async |client| verb.run(&client, output).await),
        Verb::DeadLetters(verb) => connection.run(async |client| verb.run(&client, output).await),
        Verb::Operations(verb) => connection.run(async |client| verb.run(&client, output).await),
        Verb::AuditLog(verb) => connection.run(async |client| verb.run(&client, output).await),
        Verb::Outbox(verb) => connection.run(async |client| verb.run(&client, output).await),
        Verb::Pipeline(verb) => connection.run(async |client| verb.run(&client, output).await),
        Verb::Config(verb) => verb.run(output),
        Verb::Migrate(verb) => verb.run(output),
        Verb::Doctor(verb) => verb.run(&connection, output),
        Verb::Openapi => {
            openapi::run();
            Ok(())
        }
        Verb::Loadgen(args) => load::generate(&args, &connection, output),
        Verb::Simulate(args) => load::simulate(&args, &connection, output),
    };
    exit::code(done)
}
