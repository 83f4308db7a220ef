//! In which order domains start: each after those it needs, otherwise as they were given.

use std::collections::HashSet;

use super::DomainSpec;
use crate::identity::DomainName;

/// The positions of `domains` in start order. Domains that need each other in a circle are left out.
#[must_use]
pub fn start_order(domains: &[DomainSpec]) -> Vec<usize> {
    let known: HashSet<&DomainName> = domains.iter().map(|domain| &domain.name).collect();
    let mut placed: HashSet<&DomainName> = HashSet::new();
    let mut order: Vec<usize> = Vec::new();
    loop {
        let next = domains.iter().enumerate().find(|(_, domain)| {
            !placed.contains(&domain.name)
                && domain.needs.iter().all(|need| placed.contains(need) || !known.contains(need))
        });
        let Some((position, domain)) = next else { return order };
        placed.insert(&domain.name);
        order.push(position);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::supervisor::{Flags, Strategy};

    fn domain(name: &str, needs: &[&str]) -> DomainSpec {
        let spec = DomainSpec::new(name, Flags::new(Strategy::OneForOne, 3, 5)).unwrap();
        needs.iter().fold(spec, |spec, need| spec.needs(need).unwrap())
    }

    fn names(domains: &[DomainSpec]) -> Vec<&str> {
        start_order(domains).into_iter().map(|position| domains[position].name.as_str()).collect()
    }

    #[test]
    fn a_domain_starts_after_those_it_needs_and_otherwise_as_given() {
        let domains = [domain("shop", &["stock", "till"]), domain("till", &[]), domain("stock", &["till"])];
        assert_eq!(names(&domains), ["till", "stock", "shop"]);
    }

    #[test]
    fn a_circle_is_left_out_and_a_missing_need_is_not_waited_for() {
        let domains = [domain("a", &["b"]), domain("b", &["a"]), domain("c", &["nowhere"])];
        assert_eq!(names(&domains), ["c"]);
    }
}
