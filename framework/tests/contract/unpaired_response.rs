//! A response is the reply to no request.

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

replies! { Door: Open => Opened(u32), Close => Opened(u32) }

fn main() {}
