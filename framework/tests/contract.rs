//! Contracts: pairs are checked, values survive every codec, mistakes are told.

#![allow(unreachable_pub, reason = "types are declared as the author of a library declares them")]

#[path = "contract/shared/codecs.rs"]
mod codecs;
#[path = "contract/shared/counter.rs"]
mod counter;

use std::fs;
use std::path::Path;
use std::process::Command;

use counter::{Add, Change, Counter, Describe, Read, Request, ResetTo, Response, TooMuch, Watch};
use mistersmith::contract::{
    Answer, Ask, Contract, Dispatch, Dispatched, Opening, ReplyKind, RequestError, Serve, ServeStream,
    Subscribe,
};

#[derive(Default)]
struct Tally {
    total: i64,
}

impl Serve<Add, u32> for Tally {
    async fn serve(&mut self, Add { amount }: Add, served: &mut u32) -> Answer<Add> {
        *served += 1;
        if amount > 100 {
            return Add::refuse(TooMuch { limit: 100 });
        }
        self.total += amount;
        Add::respond(self.total)
    }
}

impl Serve<Read, u32> for Tally {
    async fn serve(&mut self, _: Read, _: &mut u32) -> Answer<Read> {
        Read::answer(Ok(self.total))
    }
}

impl Serve<Describe, u32> for Tally {
    async fn serve(&mut self, _: Describe, _: &mut u32) -> Answer<Describe> {
        Ok(mistersmith::contract::Outcome::Later)
    }
}

impl Serve<ResetTo, u32> for Tally {
    async fn serve(&mut self, reset: ResetTo, _: &mut u32) -> Answer<ResetTo> {
        anyhow::ensure!(!reset.totals.is_empty(), "nothing to reset to");
        ResetTo::respond(())
    }
}

impl ServeStream<Watch, u32> for Tally {
    async fn serve_stream(&mut self, watch: Watch, _: &mut u32) -> anyhow::Result<Opening<Counter>> {
        if watch.above > 100 { Watch::reject(TooMuch { limit: 100 }) } else { Watch::accept() }
    }
}

#[tokio::test]
async fn each_request_reaches_the_one_who_serves_it() {
    let (mut tally, mut served) = (Tally::default(), 0);
    let mut came = Vec::new();
    for request in [
        Request::Add(Add { amount: 3 }),
        Request::Add(Add { amount: 300 }),
        Request::Read(Read),
        Request::Describe(Describe),
        Request::Watch(Watch { above: 1 }),
        Request::Watch(Watch { above: 101 }),
    ] {
        came.push(Counter::dispatch(&mut tally, request, &mut served).await.unwrap());
    }
    assert_eq!(served, 2);
    assert!(
        matches!(
            came[..],
            [
                Dispatched::Response(Response::Sum(3)),
                Dispatched::Refusal(TooMuch { limit: 100 }),
                Dispatched::Response(Response::Sum(3)),
                Dispatched::Later,
                Dispatched::Streaming,
                Dispatched::Refusal(TooMuch { limit: 100 }),
            ]
        ),
        "{came:?}"
    );
}

#[tokio::test]
async fn a_fault_stays_a_fault() {
    let request = Request::ResetTo(ResetTo { totals: Vec::new() });
    let fault = Counter::dispatch(&mut Tally::default(), request, &mut 0).await.unwrap_err();
    assert_eq!(fault.to_string(), "nothing to reset to");
}

#[test]
fn a_response_is_the_reply_of_its_own_requests_only() {
    assert_eq!(Add::from_response(Response::Sum(3)), Some(3));
    assert_eq!(Read::from_response(Response::Sum(3)), Some(3));
    assert_eq!(ResetTo::from_response(Response::Done), Some(()));
    assert_eq!(ResetTo::from_response(Response::Sum(3)), None);
    assert_eq!(Watch::from_response(Watch::into_response(Change::Reset)), Some(Change::Reset));
    assert_eq!(Add::from_response(Response::Done), None);
}

#[test]
fn requests_are_listed_in_the_order_of_their_declaration() {
    let listed: Vec<_> =
        Counter::requests().iter().map(|info| (info.name(), info.action(), info.kind())).collect();
    assert_eq!(
        listed,
        [
            ("Add", "add", ReplyKind::One),
            ("Read", "read", ReplyKind::One),
            ("Describe", "describe", ReplyKind::One),
            ("ResetTo", "reset_to", ReplyKind::One),
            ("Watch", "watch", ReplyKind::Stream),
        ]
    );
    assert_eq!(Counter::name_of(&Request::ResetTo(ResetTo { totals: Vec::new() })), "reset_to");
    assert_eq!(Counter::NAME, "Counter");
}

#[test]
fn a_schema_describes_request_and_reply_to_people() {
    let add = Counter::request("add").unwrap();
    assert_eq!(add.request_schema().get("description").unwrap(), "Adds to the total.");
    assert_eq!(add.request_schema().pointer("/properties/amount/type").unwrap(), "integer");
    assert_eq!(add.reply_schema().get("type").unwrap(), "integer");
    assert_eq!(Counter::request("reset_to").unwrap().reply_schema().get("type").unwrap(), "null");
}

#[test]
fn every_request_has_its_own_fingerprint() {
    let mut fingerprints: Vec<_> =
        Counter::requests().iter().map(|info| info.fingerprint().unwrap()).collect();
    fingerprints.sort();
    fingerprints.dedup();
    assert_eq!(fingerprints.len(), Counter::requests().len());
}

#[test]
fn a_fingerprint_is_the_same_on_every_machine() {
    let add = Counter::request("add").unwrap();
    assert_eq!(
        add.layout().unwrap().to_string(),
        "request struct Add{amount:i64}\nreply i64\nrefusal struct TooMuch{limit:i64}"
    );
    assert_eq!(add.layout_hash().unwrap().to_string(), "abde56971e9c2e70");
    assert_eq!(add.fingerprint().unwrap().to_string(), "6fbb9048984405ef");
}

#[test]
fn a_wrong_field_is_named_with_its_line_and_column_and_the_schema() {
    let json = "{\n  \"totals\": [{ \"name\": null, \"value\": 1 },\n    { \"name\": null, \"value\": \"much\" }]\n}";
    let error = Counter::request_from_json("reset_to", json).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Counter cannot read the payload of `reset_to` at `totals[1].value`: \
         invalid type: string \"much\", expected i64 at line 3 column 35"
    );
    let schema = error.schema().unwrap();
    assert_eq!(schema.pointer("/properties/totals/type").unwrap(), "array");
}

#[test]
fn a_missing_field_and_a_text_that_is_no_json_are_told() {
    let told = |json| Counter::request_from_json("add", json).unwrap_err().to_string();
    let begins = "Counter cannot read the payload of `add` at";
    assert_eq!(told("{}"), format!("{begins} `payload`: missing field `amount` at line 1 column 2"));
    assert_eq!(told(""), format!("{begins} `payload`: missing field `amount` at line 1 column 2"));
    assert_eq!(
        told("{\"amount\": 1"),
        format!("{begins} `amount`: EOF while parsing an object at line 1 column 12")
    );
    assert_eq!(
        told("{\"amount\": 1} 2"),
        format!("{begins} `payload`: trailing characters at line 1 column 15")
    );
}

#[test]
fn an_unknown_action_is_told_what_there_is() {
    let error = Counter::request_from_json("subtract", "{}").unwrap_err();
    assert!(matches!(error, RequestError::UnknownAction { .. }));
    assert_eq!(
        error.to_string(),
        "Counter has no action `subtract`; it has: add, read, describe, reset_to, watch"
    );
    assert!(
        Counter::response_from_json("subtract", "1").unwrap_err().to_string().contains("unknown variant")
    );
}

#[test]
fn a_request_without_fields_may_be_sent_with_nothing() {
    for nothing in ["", " \n", "null", "{}"] {
        assert!(
            matches!(Counter::request_from_json("read", nothing), Ok(Request::Read(Read))),
            "{nothing:?}"
        );
    }
}

#[test]
fn a_reply_travels_as_its_own_type() {
    assert_eq!(Counter::response_to_json(&Response::Sum(3)).unwrap(), "3");
    assert_eq!(Counter::response_to_json(&Response::Done).unwrap(), "null");
    assert_eq!(Counter::response_from_json("read", "3").unwrap(), Response::Sum(3));
    assert_eq!(Counter::response_from_json("reset_to", "null").unwrap(), Response::Done);
    assert_eq!(Counter::response_from_json("watch", "\"Reset\"").unwrap(), Response::Changed(Change::Reset));
    assert_eq!(Counter::refusal_to_json(&TooMuch { limit: 1 }).unwrap(), r#"{"limit":1}"#);
}

proptest::proptest! {
    #[test]
    fn any_payload_is_read_or_refused_with_a_place(json in r#"[\[\]{}":,a-z0-9 ]{0,40}"#) {
        for info in Counter::requests() {
            match Counter::request_from_json(info.action(), &json) {
                Ok(request) => proptest::prop_assert_eq!(Counter::name_of(&request), info.action()),
                Err(error) => proptest::prop_assert!(error.schema().is_some()),
            }
        }
    }
}

/// The compiler whose words are in the `.stderr` files; every version has slightly other ones.
const WORDS_OF: &str = "rustc 1.95.";

/// Where a further run of this test finds the sources without those words.
const WORDLESS: &str = "MISTERSMITH_WORDLESS_SOURCES";

#[test]
fn what_does_not_fit_does_not_compile() {
    if let Some(sources) = std::env::var_os(WORDLESS) {
        return trybuild::TestCases::new().compile_fail(Path::new(&sources).join("*.rs"));
    }
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version =
        Command::new(compiler).arg("--version").output().expect("the compiler says its version").stdout;
    let version = String::from_utf8_lossy(&version).into_owned();
    if version.starts_with(WORDS_OF) {
        return trybuild::TestCases::new().compile_fail("tests/contract/*.rs");
    }
    println!("that it does not compile is checked, why is not: expected {WORDS_OF}*, this is {version}");
    let sources = Path::new(env!("CARGO_TARGET_TMPDIR")).join("contract");
    let _ = fs::remove_dir_all(&sources);
    copy_sources(Path::new("tests/contract"), &sources);
    let myself = std::env::current_exe().expect("a test is a program");
    let again = Command::new(myself)
        .args(["--exact", "what_does_not_fit_does_not_compile", "--nocapture"])
        // trybuild writes down the words that it finds, beside the copies, instead of comparing them.
        .envs([(WORDLESS, sources.as_os_str()), ("TRYBUILD", "overwrite".as_ref())])
        .status();
    assert!(again.expect("it runs").success(), "something compiles that must not");
}

fn copy_sources(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the target directory can be written");
    for entry in fs::read_dir(from).expect("the sources are there") {
        let (path, to) =
            entry.map(|entry| (entry.path(), to.join(entry.file_name()))).expect("it can be read");
        if path.is_dir() {
            copy_sources(&path, &to);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            fs::copy(&path, &to).expect("it can be copied");
        }
    }
}
