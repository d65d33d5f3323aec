//! An evented profile of speedscope: frames that open and close, to the weight of each stack.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, SeqAccess, Visitor};

use crate::profile::frame::FrameId;
use crate::profile::{StackId, Stacks};

/// The weight of each stack after all events.
pub(super) struct EventWeights {
    pub(super) stacks: Stacks,
    pub(super) weights: Vec<f64>,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: EventKind,
    frame: u32,
    at: f64,
}

#[derive(Deserialize)]
enum EventKind {
    #[serde(rename = "O")]
    Open,
    #[serde(rename = "C")]
    Close,
}

impl<'de> Deserialize<'de> for EventWeights {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_seq(EventsVisitor)
    }
}

struct EventsVisitor;

impl<'de> Visitor<'de> for EventsVisitor {
    type Value = EventWeights;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<EventWeights, A::Error> {
        let mut open = Open::default();
        while let Some(event) = list.next_element::<Event>()? {
            open.take(&event).map_err(de::Error::custom)?;
        }
        match open.path.last() {
            None => Ok(EventWeights { stacks: open.stacks, weights: open.weights }),
            Some((frame, _)) => {
                let reason = format!("frame {frame} is still open after the last event");
                Err(de::Error::custom(reason))
            }
        }
    }
}

/// The open frames, and the weights so far.
#[derive(Default)]
struct Open {
    stacks: Stacks,
    weights: Vec<f64>,
    path: Vec<(u32, StackId)>,
    now: Option<f64>,
}

impl Open {
    fn take(&mut self, event: &Event) -> Result<(), String> {
        let passed = event.at - self.now.unwrap_or(event.at);
        if passed < 0.0 {
            return Err(format!("an event at {} comes after a later one", event.at));
        }
        self.now = Some(event.at);
        let stack = self.path.last().map_or(StackId::EMPTY, |(_, stack)| *stack);
        if stack != StackId::EMPTY && passed > 0.0 {
            self.weights[stack.index()] += passed;
        }
        match event.kind {
            EventKind::Open => {
                let stack = self.stacks.intern(stack, FrameId(event.frame));
                self.weights.resize(self.stacks.len(), 0.0);
                self.path.push((event.frame, stack));
            }
            EventKind::Close => match self.path.pop() {
                Some((frame, _)) if frame == event.frame => {}
                Some((frame, _)) => {
                    return Err(format!(
                        "frame {} closes while {frame} is open in it",
                        event.frame
                    ));
                }
                None => return Err(format!("frame {} closes and is not open", event.frame)),
            },
        }
        Ok(())
    }
}
