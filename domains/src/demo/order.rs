//! An order, and how it is read from one line of text: a pure function whose refusals say what was expected.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rejection::{Kind, Rejection};

/// The currencies that the shop takes.
const CURRENCIES: [&str; 4] = ["EUR", "USD", "GBP", "CHF"];

/// The columns of a line, in order; a first line that reads so is a header.
pub(super) const HEADER: &str = "order_id,time,customer,sku,quantity,unit_price,currency";

/// One order of the shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Order {
    pub(super) id: String,
    /// The first letters of the customer's name, in capitals.
    pub(super) customer: String,
    pub(super) sku: String,
    pub(super) quantity: u32,
    /// In hundredths of the currency.
    pub(super) unit_price: u64,
    pub(super) currency: String,
}

/// Reads a line. Fields are separated by commas; there are no quotes.
///
/// A customer whose name is not as the author of [`initials`] imagined makes it panic.
pub(super) fn read(line: &[u8]) -> Result<Order, Rejection> {
    let text = std::str::from_utf8(line)
        .map_err(|error| Kind::BadUtf8.because(format!("byte {} is no UTF-8", error.valid_up_to() + 1)))?;
    let fields: Vec<&str> = text.split(',').map(str::trim).collect();
    let &[id, time, customer, sku, quantity, unit_price, currency] = fields.as_slice() else {
        return Err(Kind::MissingField.because(format!("expected 7 fields, got {}", fields.len())));
    };
    let named = HEADER.split(',').zip(&fields);
    if let Some((name, _)) = named.into_iter().find(|(_, field)| field.is_empty()) {
        return Err(Kind::MissingField.because(format!("{name} is empty")));
    }
    if !is_time(time) {
        return Err(Kind::BadDate.because(format!("expected a time as 2026-03-14T09:26:53Z, got {time}")));
    }
    if !CURRENCIES.contains(&currency) {
        let known = CURRENCIES.join(", ");
        return Err(Kind::UnknownCurrency.because(format!("expected one of {known}, got {currency}")));
    }
    Ok(Order {
        id: id.to_owned(),
        customer: initials(customer),
        sku: sku.to_owned(),
        quantity: read_quantity(quantity)?,
        unit_price: read_price(unit_price)?,
        currency: currency.to_owned(),
    })
}

/// The customer's code in the books of the shop. The bug: it counts bytes, and believes that names are long and
/// ASCII.
fn initials(customer: &str) -> String {
    customer[..3].to_uppercase()
}

fn read_quantity(text: &str) -> Result<u32, Rejection> {
    if text.starts_with('-') && i64::from_str(text).is_ok() || text == "0" {
        return Err(Kind::BadQuantity.because(format!("expected at least 1, got {text}")));
    }
    text.parse()
        .map_err(|_| Kind::BadNumber.because(format!("quantity: expected a whole number, got {text}")))
}

fn read_price(text: &str) -> Result<u64, Rejection> {
    let bad = || Kind::BadNumber.because(format!("unit_price: expected a price as 12.50, got {text}"));
    let (whole, cents) = text.split_once('.').ok_or_else(bad)?;
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !(1..=9).contains(&whole.len()) || cents.len() != 2 || !digits(whole) || !digits(cents) {
        return Err(bad());
    }
    let number = |part: &str| u64::from_str(part).map_err(|_| bad());
    Ok(number(whole)? * 100 + number(cents)?)
}

/// Whether it reads `YYYY-MM-DDThh:mm:ssZ` and there was such a moment.
fn is_time(text: &str) -> bool {
    let shape = "dddd-dd-ddTdd:dd:ddZ";
    let fits = text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, expected)| match expected {
            b'd' => byte.is_ascii_digit(),
            sign => byte == sign,
        });
    if !fits {
        return false;
    }
    let number = |from: usize, to: usize| text[from..to].parse::<u32>().unwrap_or(u32::MAX);
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day) && number(11, 13) < 24 && number(14, 16) < 60 && number(17, 19) < 60
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "A-1,2026-03-14T09:26:53Z,Miller,TEA-12,24,3.50,EUR";

    #[track_caller]
    fn refused(field: usize, value: &str) -> Kind {
        let mut fields: Vec<&str> = GOOD.split(',').collect();
        fields[field] = value;
        read(fields.join(",").as_bytes()).unwrap_err().kind
    }

    #[test]
    fn a_good_line_is_an_order() {
        let order = read(GOOD.as_bytes()).unwrap();
        assert_eq!((order.id.as_str(), order.customer.as_str()), ("A-1", "MIL"));
        assert_eq!((order.quantity, order.unit_price, order.currency.as_str()), (24, 350, "EUR"));
    }

    #[test]
    fn each_kind_of_bad_line_is_told_apart() {
        assert_eq!(refused(0, ""), Kind::MissingField);
        assert_eq!(read(b"A-1,2026-03-14T09:26:53Z").unwrap_err().kind, Kind::MissingField);
        assert_eq!(read(b"").unwrap_err().kind, Kind::MissingField);
        assert_eq!(refused(1, "2026-02-29T09:26:53Z"), Kind::BadDate);
        assert_eq!(refused(1, "14.03.2026"), Kind::BadDate);
        assert_eq!(refused(4, "-3"), Kind::BadQuantity);
        assert_eq!(refused(4, "0"), Kind::BadQuantity);
        assert_eq!(refused(4, "a dozen"), Kind::BadNumber);
        assert_eq!(refused(4, "99999999999"), Kind::BadNumber);
        assert_eq!(refused(5, "3.5"), Kind::BadNumber);
        assert_eq!(refused(5, "-3.50"), Kind::BadNumber);
        assert_eq!(refused(6, "XAU"), Kind::UnknownCurrency);
        assert_eq!(read(b"A-1,\xff").unwrap_err().kind, Kind::BadUtf8);
    }

    #[test]
    fn a_leap_day_is_a_day() {
        assert!(is_time("2024-02-29T23:59:59Z"));
        assert!(!is_time("2100-02-29T00:00:00Z") && !is_time("2024-13-01T00:00:00Z"));
        assert!(!is_time("2024-04-31T00:00:00Z") && !is_time("2024-04-30T24:00:00Z"));
    }

    #[test]
    #[should_panic(expected = "char boundary")]
    fn a_name_that_is_not_ascii_trips_over_the_bug() {
        let _ = read("A-1,2026-03-14T09:26:53Z,Zoë,TEA-12,24,3.50,EUR".as_bytes());
    }
}
