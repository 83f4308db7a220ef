//! Orders as a shop gets them, most of them good: drawn from a seed, with what is to become of them.

use std::collections::BTreeMap;

use mistersmith::clock::Clock;

use super::super::lines::LONGEST_LINE;
use super::super::order::HEADER;

const CUSTOMERS: [&str; 12] = [
    "Miller",
    "Okafor",
    "Tanaka",
    "Kowalski",
    "Fernandez",
    "Novak",
    "Haddad",
    "Lindqvist",
    "Moreau",
    "Banerjee",
    "Costa",
    "Schneider",
];
const GOODS: [&str; 10] =
    ["TEA-12", "TEA-50", "MUG-6", "CANDLE-24", "HONEY-10", "SOAP-36", "PEN-100", "LAMP-1", "ROPE-5", "JAM-8"];
const CURRENCIES: [&str; 6] = ["EUR", "EUR", "EUR", "USD", "GBP", "CHF"];

/// How many ways there are to spoil an order.
pub(super) const SPOILS: usize = 15;

/// A file of orders, and the counts that a run over it must come to.
#[derive(Debug, Default)]
pub(super) struct Orders {
    pub(super) bytes: Vec<u8>,
    pub(super) results: u64,
    pub(super) rejects: BTreeMap<String, u64>,
}

/// So many lines after a header, of which so many in a hundred are spoiled.
pub(super) fn orders(seed: u64, lines: usize, spoiled: usize) -> Orders {
    let dice = Clock::seeded(seed);
    let mut orders = Orders { bytes: format!("{HEADER}\n").into_bytes(), ..Orders::default() };
    let mut good_ids: Vec<String> = Vec::new();
    for number in 0..lines {
        let spoil = (dice.pick(100) < spoiled).then(|| dice.pick(SPOILS));
        let mut fields = good_order(&dice, number);
        let kind = spoil.and_then(|spoil| spoil_it(spoil, &mut fields, &dice, &good_ids));
        match kind {
            Some(kind) => *orders.rejects.entry(kind.to_owned()).or_default() += 1,
            None => {
                orders.results += 1;
                good_ids.push(String::from_utf8_lossy(&fields[0]).into_owned());
            }
        }
        orders.bytes.extend(fields.join(&b','));
        orders.bytes.push(b'\n');
    }
    orders
}

fn good_order(dice: &Clock, number: usize) -> Vec<Vec<u8>> {
    let any = |list: &[&str]| list[dice.pick(list.len())].to_owned();
    let seconds = number * 29 + dice.pick(29);
    let (day, hour) = (1 + seconds / 86_400 % 28, seconds / 3_600 % 24);
    let fields = [
        format!("A-{:06}", 100_000 + number),
        format!("2026-03-{day:02}T{hour:02}:{:02}:{:02}Z", seconds / 60 % 60, seconds % 60),
        any(&CUSTOMERS),
        any(&GOODS),
        (1 + dice.pick([9, 90, 900][dice.pick(3)])).to_string(),
        format!("{}.{:02}", dice.pick(90), dice.pick(100)),
        any(&CURRENCIES),
    ];
    fields.map(String::into_bytes).to_vec()
}

/// Spoils the order in one way; the kind of its reject. Nothing to repeat, nothing spoiled.
fn spoil_it(way: usize, fields: &mut Vec<Vec<u8>>, dice: &Clock, ids: &[String]) -> Option<&'static str> {
    let mut set = |field: usize, value: &[u8]| fields[field] = value.to_vec();
    Some(match way {
        0 => {
            fields.remove(dice.pick(7));
            "missing_field"
        }
        1 => (set(2, b""), "missing_field").1,
        2 => (set(4, b"a dozen"), "bad_number").1,
        3 => (set(5, b"12.5"), "bad_number").1,
        4 => (set(4, b"-3"), "bad_quantity").1,
        5 => (set(4, b"0"), "bad_quantity").1,
        6 => (set(1, b"2026-02-30T10:00:00Z"), "bad_date").1,
        7 => (set(6, b"XAU"), "unknown_currency").1,
        8 => (set(2, b"Ren\xe9"), "bad_utf8").1,
        9 => (set(2, &vec![b'x'; LONGEST_LINE]), "too_long").1,
        10 => (set(3, b"VOUCHER"), "bad_sku").1,
        11 if ids.is_empty() => return None,
        11 => (set(0, ids[dice.pick(ids.len())].as_bytes()), "duplicate").1,
        12 => (set(3, b"SAMPLE-0"), "panic").1,
        13 => (set(4, b"25000"), "panic").1,
        _ => (set(2, "Zoë Karlsson".as_bytes()), "panic").1,
    })
}

/// The file that ships with the project is what this draws from one seed; to write it anew, set `WRITE_ORDERS`:
/// `WRITE_ORDERS=1 cargo test -p mistersmith-domains shipped`.
#[test]
fn the_shipped_orders_are_what_is_drawn_from_their_seed() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data/orders.csv");
    let drawn = orders(2026, 3_000, 7).bytes;
    if std::env::var_os("WRITE_ORDERS").is_some() {
        std::fs::write(&path, &drawn).unwrap();
    }
    assert!(std::fs::read(&path).unwrap() == drawn, "{} is not what the generator draws", path.display());
}
