//! Every page of `docs` is among those whose code is compiled.

#[test]
fn no_page_is_left_out_of_the_book() {
    let book = include_str!("../src/book.rs");
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs");
    let pages =
        std::fs::read_dir(docs).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let left_out: Vec<_> =
        pages.filter(|page| page.ends_with(".md") && !book.contains(&format!("\"{page}\""))).collect();
    assert!(left_out.is_empty(), "add to framework/src/book.rs: {left_out:?}");
}
