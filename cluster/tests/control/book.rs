//! `docs/control-api.md` is true: its requests are sent, in their order, and its answers have the shape of what
//! comes back.

use mistersmith_cluster::control::api::ProblemCode;
use serde_json::Value;

use crate::hostile::ask;
use crate::shop::Shop;

const BOOK: &str = include_str!("../../../docs/control-api.md");

/// A block of the book: what stands behind the opening fence, and the text.
fn blocks() -> Vec<(&'static str, &'static str)> {
    let mut parts = BOOK.split("```").skip(1);
    let mut blocks = Vec::new();
    while let (Some(block), Some(_)) = (parts.next(), parts.next()) {
        blocks.push(block.split_once('\n').unwrap_or((block, "")));
    }
    blocks
}

/// Where two values differ in more than texts and numbers: in a key, in a type, in being there at all. The book may
/// leave out the rest of a list, never all of it.
fn difference(written: &Value, real: &Value, place: &str) -> Option<String> {
    match (written, real) {
        (Value::Object(written), Value::Object(real)) => {
            let missing = written.keys().find(|key| !real.contains_key(*key));
            let unwritten = real.keys().find(|key| !written.contains_key(*key));
            if let Some(key) = missing.or(unwritten) {
                return Some(format!("{place}.{key} is on one side only"));
            }
            written.iter().find_map(|(key, value)| difference(value, &real[key], &format!("{place}.{key}")))
        }
        (Value::Array(written), Value::Array(real)) => {
            if written.len() > real.len() || written.is_empty() != real.is_empty() {
                return Some(format!(
                    "{place} has {} items in the book and {} in truth",
                    written.len(),
                    real.len()
                ));
            }
            let mut pairs = written.iter().zip(real).enumerate();
            pairs.find_map(|(at, (written, real))| difference(written, real, &format!("{place}[{at}]")))
        }
        (Value::String(_), Value::String(_)) | (Value::Number(_), Value::Number(_)) => None,
        (written, real) if written == real => None,
        (written, real) => Some(format!("{place} is {written} in the book and {real} in truth")),
    }
}

#[tokio::test]
async fn every_request_of_the_book_is_answered_as_it_says() {
    let shop = Shop::with_log().await;
    let mut blocks = blocks().into_iter().peekable();
    let (mut asked, mut incarnation) = (0, 1);
    while let Some((kind, request)) = blocks.next() {
        if kind != "http" {
            continue;
        }
        let (first, body) = request.split_once("\n\n").unwrap_or((request.trim(), ""));
        let (kind, answer) = blocks.next().expect("an answer follows a request");
        let status: u16 =
            kind.rsplit(' ').next().unwrap().parse().expect("the fence of an answer says its status");
        let (real_status, real) = ask(&shop, first, body.trim()).await;
        assert_eq!(real_status, status, "{first}: {real}");
        if kind.starts_with("json ") {
            let written = serde_json::from_str(answer).unwrap_or_else(|error| panic!("{first}: {error}"));
            let difference = difference(&written, &real, "");
            assert!(difference.is_none(), "{first}: {}; it is:\n{real:#}", difference.unwrap());
        }
        if first.ends_with("/kill") || status == 504 {
            incarnation += 1;
            shop.till_is_up(incarnation).await;
        }
        asked += 1;
    }
    assert!(asked >= 11, "only {asked} requests were found in the book");
}

#[tokio::test]
async fn the_book_names_every_path_and_every_code_with_its_status() {
    let shop = Shop::open().await;
    let (_, unknown) = ask(&shop, "GET /", "").await;
    for path in unknown["error"]["known"].as_array().unwrap() {
        assert!(BOOK.contains(&format!("`{}`", path.as_str().unwrap())), "{path} is not in the book");
    }
    for code in ProblemCode::ALL {
        let name = serde_json::to_value(code).unwrap();
        let row = format!("| `{}` | {} |", name.as_str().unwrap(), code.status());
        assert!(BOOK.contains(&row), "{row} is not in the book");
    }
}
