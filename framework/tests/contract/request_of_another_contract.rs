//! A request is given to somebody whose contract it is not of.

#[path = "shared/counter.rs"]
mod counter;

mod door {
    use mistersmith::replies;
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    pub struct Door;

    #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
    pub struct Open;

    #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
    pub enum Request {
        Open(Open),
    }

    #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
    pub enum Response {
        Opened,
    }

    replies! { Door: Open => Opened }
}

use mistersmith::contract::Ask;

fn ask_the_counter<R: Ask<Contract = counter::Counter>>(_: R) {}

fn main() {
    ask_the_counter(door::Open);
}
