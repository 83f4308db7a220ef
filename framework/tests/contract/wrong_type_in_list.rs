//! The list gives a response another type than it has.

use mistersmith::replies;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

struct Door;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct Open;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct Close;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
enum Request {
    Open(Open),
    Close(Close),
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
enum Response {
    Opened(u32),
    Closed,
}

replies! { Door: Open => Opened(String), Close => Closed }

fn main() {}
