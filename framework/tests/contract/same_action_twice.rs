//! Two requests would travel under the same action.

use mistersmith::replies;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

struct Web;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct HttpGet;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct HTTPGet;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
enum Request {
    HttpGet(HttpGet),
    HTTPGet(HTTPGet),
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
enum Response {
    Page(String),
}

replies! { Web: HttpGet => Page(String), HTTPGet => Page(String) }

fn main() {}
