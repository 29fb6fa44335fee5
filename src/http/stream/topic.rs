//! What a stream tells about. A further topic is a file in `topics/`, a name here, and what it is looked at by.

use strum::{EnumString, IntoStaticStr, VariantNames};

use super::{picture::Picture, topics};
use crate::http::{edge::Edge, query::Parameters};

/// What a stream tells about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Topic {
    Orders,
    Actors,
    Overview,
    Instances,
    Breakers,
    DeadLetters,
    Outbox,
    Drivers,
    Pipeline,
    Audit,
}

impl Topic {
    /// What who does not say gets.
    const USUAL: [Self; 4] = [Self::Orders, Self::Actors, Self::Overview, Self::Instances];

    pub fn name(self) -> &'static str {
        self.into()
    }

    /// What it is looked at by; of another instance, where it has one.
    pub fn picture(self, edge: &Edge, instance: Option<String>) -> Box<dyn Picture> {
        match self {
            Self::Orders => Box::new(topics::orders::Orders::new(edge)),
            Self::Actors => Box::new(topics::actors::Actors::new(edge, instance)),
            Self::Overview => Box::<topics::overview::Overview>::default(),
            Self::Instances => Box::<topics::instances::Instances>::default(),
            Self::Breakers => Box::new(topics::breakers::picture()),
            Self::DeadLetters => Box::new(topics::dead_letters::picture()),
            Self::Outbox => Box::new(topics::outbox::picture()),
            Self::Pipeline => Box::new(topics::pipeline::picture()),
            Self::Audit => Box::<topics::audit::Audit>::default(),
            Self::Drivers => Box::<topics::drivers::Drivers>::default(),
        }
    }

    /// Those that are asked for, each once.
    pub fn read(parameters: &mut Parameters) -> Vec<Self> {
        let Some(asked) = parameters.text("topics") else { return Self::USUAL.to_vec() };
        let mut topics = Vec::new();
        for name in asked.split(',') {
            match name.parse() {
                Ok(topic) if topics.contains(&topic) => {}
                Ok(topic) => topics.push(topic),
                Err(_) => {
                    let known = Self::VARIANTS.join(", ");
                    parameters.fail("topics", format!("must be of {known}, separated by commas"));
                }
            }
        }
        topics
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::problem::Answer;
    use actix_web::test::TestRequest;

    #[test]
    fn topics_are_chosen_or_the_usual_ones() {
        let asked = |query: &str| -> Answer<Vec<Topic>> {
            let request = TestRequest::with_uri(&format!("/?{query}")).to_http_request();
            let mut parameters = Parameters::of(&request);
            let topics = Topic::read(&mut parameters);
            parameters.finish().map(|()| topics)
        };
        assert_eq!(asked("").unwrap(), Topic::USUAL);
        assert_eq!(
            asked("topics=orders,dead_letters,orders").unwrap(),
            [Topic::Orders, Topic::DeadLetters],
            "each once"
        );
        assert_eq!(asked("topics=weather").unwrap_err().errors[0].field, "topics");
    }
}
