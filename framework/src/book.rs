//! The pages of `docs`, so that the code in them is compiled and run as the documentation of the library is.

/// Makes one item for each page; there is nothing in it but the page.
macro_rules! pages {
    ($($page:ident: $path:literal)+) => { $(
        #[doc = include_str!(concat!("../../docs/", $path))]
        struct $page;
    )+ };
}

pages! {
    Architecture: "architecture.md"
    Configuration: "configuration.md"
    ControlApi: "control-api.md"
    Events: "events.md"
    FromRactor: "from-ractor.md"
    Glossary: "glossary.md"
    Otp: "otp.md"
    Performance: "performance.md"
    Readme: "../README.md"
    Semantics: "semantics.md"
}
