//! What an order costs: a pure function, with two bugs of the kind that reach production.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::order::Order;
use super::rejection::{Kind, Rejection};

/// Discounts in percent, by the number of digits of the quantity. The bug: nobody was thought to order 10,000.
const DISCOUNTS: [u128; 4] = [0, 3, 7, 12];

/// An order with its price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Priced {
    pub(super) order: Order,
    /// Whole packs; what is left over is sold loose.
    pub(super) packs: u32,
    /// In units of the currency, with two digits after the point.
    pub(super) total: String,
}

/// Prices an order. The number at the end of the SKU is how many pieces are in a pack.
///
/// A pack of nothing and a quantity of five digits make it panic.
pub(super) fn price(order: Order) -> Result<Priced, Rejection> {
    let pack = order.sku.rsplit_once('-').and_then(|(_, pieces)| pieces.parse::<u32>().ok());
    let pack = pack.ok_or_else(|| {
        Kind::BadSku
            .because(format!("expected a SKU that ends in its pack size as TEA-12, got {}", order.sku))
    })?;
    let packs = order.quantity / pack;
    let discount = DISCOUNTS[order.quantity.ilog10() as usize];
    let cents = u128::from(order.unit_price) * u128::from(order.quantity) * (100 - discount) / 100;
    let total = format!("{}.{:02}", cents / 100, cents % 100);
    Ok(Priced { order, packs, total })
}

#[cfg(test)]
mod tests {
    use super::super::order;
    use super::*;

    fn priced(sku: &str, quantity: u32) -> Result<Priced, Rejection> {
        let line = format!("A-1,2026-03-14T09:26:53Z,Miller,{sku},{quantity},3.50,EUR");
        price(order::read(line.as_bytes()).unwrap())
    }

    #[test]
    fn many_cost_less_each_and_fill_packs() {
        let few = priced("TEA-12", 5).unwrap();
        assert_eq!((few.packs, few.total.as_str()), (0, "17.50"));
        let many = priced("TEA-12", 100).unwrap();
        assert_eq!((many.packs, many.total.as_str()), (8, "325.50"));
    }

    #[test]
    fn a_sku_without_a_pack_size_is_refused() {
        assert_eq!(priced("TEA", 5).unwrap_err().kind, Kind::BadSku);
    }

    #[test]
    #[should_panic(expected = "divide by zero")]
    fn a_pack_of_nothing_trips_over_the_first_bug() {
        let _ = priced("TEA-0", 5);
    }

    #[test]
    #[should_panic(expected = "out of bounds")]
    fn a_quantity_of_five_digits_trips_over_the_second_bug() {
        let _ = priced("TEA-12", 10_000);
    }
}
