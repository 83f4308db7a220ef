//! Requests that nobody should send: refused with a reason, and nothing happens to the system.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::shop::{Shop, until};

/// Sends these bytes and returns the status and the body of the answer.
async fn send(shop: &Shop, bytes: &[u8]) -> (u16, Value) {
    let mut stream = TcpStream::connect(shop.server.address()).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).unwrap_or_default().parse().unwrap_or_default();
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}

/// A request with these headers and this body.
fn text(first: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("{first} HTTP/1.1\r\n{headers}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// A request as a well-meaning client would send it, with this body.
pub(crate) async fn ask(shop: &Shop, first: &str, body: &str) -> (u16, Value) {
    let bearer = format!("Bearer {}", shop.token());
    send(shop, &text(first, &[("host", "127.0.0.1"), ("authorization", &bearer)], body)).await
}

#[track_caller]
fn is_problem((status, body): &(u16, Value), expected: u16, code: &str) {
    assert_eq!((*status, body["error"]["code"].as_str()), (expected, Some(code)), "{body}");
    assert!(body["error"]["message"].as_str().is_some_and(|message| !message.is_empty()));
}

/// The shop still works, and nobody in it was restarted.
async fn is_unharmed(shop: &Shop) {
    let client = shop.client().await;
    assert!(client.health().await.unwrap().ready);
    for entry in client.agents().await.unwrap().agents {
        assert_eq!((entry.agent.incarnation, entry.agent.handled), (1, 0), "{}", entry.agent.agent);
    }
}

#[tokio::test]
async fn without_the_token_nothing_is_said_not_even_what_there_is() {
    let shop = Shop::open().await;
    let (token, host) = (shop.token(), ("host", "localhost:80"));
    for given in ["", "Bearer", "Bearer ", "Basic abc", "Bearer 0", &token, &format!("Bearer {token}0")] {
        for first in ["GET /v1/tree", "GET /nothing", "POST /v1/agents/sales%2Ftill/kill"] {
            let answer = send(&shop, &text(first, &[host, ("authorization", given)], "")).await;
            is_problem(&answer, 401, "unauthorized");
        }
    }
    is_problem(&send(&shop, &text("GET /v1/tree", &[host], "")).await, 401, "unauthorized");
    is_unharmed(&shop).await;
}

#[tokio::test]
async fn a_name_that_is_not_this_machines_own_is_refused_even_with_the_token() {
    let shop = Shop::open().await;
    let bearer = format!("Bearer {}", shop.token());
    for host in
        ["evil.example", "127.0.0.1.evil.example", "evil.example:127", "192.168.0.1", "", "local host"]
    {
        let headers = [("host", host), ("authorization", &*bearer)];
        is_problem(&send(&shop, &text("GET /v1/tree", &headers, "")).await, 403, "foreign_host");
    }
    let none = send(&shop, &text("GET /v1/tree", &[("authorization", &bearer)], "")).await;
    is_problem(&none, 403, "foreign_host");
    let elsewhere = ask(&shop, "GET http://evil.example/v1/tree", "").await;
    is_problem(&elsewhere, 403, "foreign_host");
    for host in ["127.0.0.1", "127.0.0.1:80", "localhost", "LOCALHOST:1", "[::1]:80"] {
        let headers = [("host", host), ("authorization", &*bearer)];
        assert_eq!(send(&shop, &text("GET /v1/health", &headers, "")).await.0, 200, "{host}");
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_whether_it_says_its_length_or_not() {
    let shop = Shop::open().await;
    let head =
        format!("POST /v1/call HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n", shop.token());
    let announced = format!("{head}content-length: 10485760\r\n\r\n");
    is_problem(&send(&shop, announced.as_bytes()).await, 413, "too_large");
    let chunk = "x".repeat(1024 * 1024 + 1);
    let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{chunk}\r\n", chunk.len());
    is_problem(&send(&shop, chunked.as_bytes()).await, 413, "too_large");
    is_unharmed(&shop).await;
}

#[tokio::test]
async fn a_head_beyond_the_limits_is_refused() {
    let shop = Shop::open().await;
    let long = "x".repeat(64 * 1024);
    assert!(matches!(ask(&shop, &format!("GET /{long}"), "").await.0, 414 | 431));
    let bearer = format!("Bearer {}", shop.token());
    let mut headers = vec![("host", "localhost"), ("authorization", &bearer)];
    headers.resize(100, ("x", "y"));
    assert_eq!(send(&shop, &text("GET /v1/health", &headers, "")).await.0, 431);
    assert_eq!(send(&shop, b"\x16\x03\x01 this is no HTTP\r\n\r\n").await.0, 400);
    is_unharmed(&shop).await;
}

#[tokio::test]
async fn a_body_that_is_not_what_is_expected_is_refused_with_what_would_be() {
    let shop = Shop::open().await;
    let deep = "[".repeat(100_000);
    let bodies = ["{", "[]", "\u{0}", r#"{"domain": 1}"#, r#"{"domain": "sales", "extra": true}"#, &deep];
    for body in bodies {
        let answer = ask(&shop, "POST /v1/call", body).await;
        is_problem(&answer, 400, "bad_body");
        assert!(answer.1["error"]["expected"].as_str().unwrap().contains("action"));
    }
    let head =
        format!("POST /v1/call HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n", shop.token());
    let bad = [head.as_bytes(), b"content-length: 14\r\n\r\n{\"domain\":\"\xff\"}"].concat();
    is_problem(&send(&shop, &bad).await, 400, "bad_body");
    is_problem(&ask(&shop, "POST /v1/agents/sales%2Ftill/suspend", "").await, 400, "bad_body");
    is_problem(
        &ask(&shop, "POST /v1/agents/sales%2Ftill/drain", r#"{"limit_ms": -1}"#).await,
        400,
        "bad_body",
    );
    is_unharmed(&shop).await;
}

#[tokio::test]
async fn paths_methods_and_queries_that_there_are_not_are_named() {
    let shop = Shop::open().await;
    for path in ["/", "/v1", "/v2/tree", "/v1/agents/../tree", "/v1/agents/a/b/c", "/etc/passwd"] {
        let answer = ask(&shop, &format!("GET {path}"), "").await;
        is_problem(&answer, 404, "unknown_path");
        assert!(answer.1["error"]["known"].as_array().unwrap().contains(&"GET /v1/tree".into()));
    }
    for selector in ["..%2F..%2Fetc%2Fpasswd", "%00", "sales%2Ftill%2F", "%20", "sales"] {
        let answer = ask(&shop, &format!("POST /v1/agents/{selector}/kill"), "").await;
        is_problem(&answer, 404, "unknown_agent");
        assert_eq!(answer.1["error"]["known"][0], "sales/till");
    }
    is_problem(&ask(&shop, "GET /v1/agents/%FF", "").await, 400, "bad_query");
    is_problem(&ask(&shop, "GET /v1/agents/sales%2Ftill/kill", "").await, 405, "wrong_method");
    is_problem(&ask(&shop, "DELETE /v1/tree", "").await, 405, "wrong_method");
    for query in ["since=many", "since=-1", "until=3", "follow=perhaps"] {
        is_problem(&ask(&shop, &format!("GET /v1/restarts?{query}"), "").await, 400, "bad_query");
    }
    let answer = ask(&shop, "GET /v1/restarts?since=1s", "").await;
    assert!(
        format!("{answer:?}").contains("since takes the number of an event, such as 40, got"),
        "{answer:?}"
    );
    is_unharmed(&shop).await;
}

#[tokio::test]
async fn another_version_of_the_interface_is_not_pretended() {
    let shop = Shop::open().await;
    let bearer = format!("Bearer {}", shop.token());
    let versioned = |version| {
        text(
            "GET /v1/health",
            &[("host", "localhost"), ("authorization", &bearer), ("mistersmith-api-version", version)],
            "",
        )
    };
    is_problem(&send(&shop, &versioned("2")).await, 400, "unsupported_version");
    assert_eq!(send(&shop, &versioned("1")).await.0, 200);
}

#[tokio::test]
async fn too_many_requests_at_a_time_are_refused_until_one_is_done() {
    let shop = Shop::open().await;
    let client = shop.client().await;
    let newest = client.restarts(0, false).await.unwrap().newest;
    let bearer = format!("Bearer {}", shop.token());
    let headers = [("host", "localhost"), ("authorization", &*bearer)];
    let follow = text(&format!("GET /v1/restarts?since={newest}&follow=true"), &headers, "");
    let count = r#"{"domain": "sales", "agent": "till", "action": "count"}"#;
    let count = text("POST /v1/call", &headers, count);
    let mut open = Vec::new();
    for request in std::iter::repeat_n([&follow, &count], 32).flatten() {
        let mut stream = TcpStream::connect(shop.server.address()).await.unwrap();
        stream.write_all(request).await.unwrap();
        open.push(stream);
    }
    until("all places are taken", async || ask(&shop, "GET /v1/health", "").await.0 == 503).await;
    is_problem(&ask(&shop, "GET /v1/tree", "").await, 503, "too_busy");
    open.pop();
    until("a place is free", async || ask(&shop, "GET /v1/health", "").await.0 == 200).await;
}
