//! Sharing a rate fairly: nobody is held back who wants less than an equal share.

/// For each wish, the rate it is held to, so that all together stay within `total`; `None` for those that get what
/// they wish. This is max-min fairness (Bertsekas and Gallager, Data Networks, 6.5.2): what the modest leave over
/// is shared equally by the others. Nobody is held to less than 1.
#[must_use]
pub fn shares(total: u64, wishes: &[u64]) -> Vec<Option<u64>> {
    let mut order: Vec<usize> = (0..wishes.len()).collect();
    order.sort_by_key(|&position| wishes[position]);
    let mut shares = vec![None; wishes.len()];
    let mut left = total;
    for (served, &position) in order.iter().enumerate() {
        let equal = left / (wishes.len() - served) as u64;
        if wishes[position] > equal {
            for &greedy in &order[served..] {
                shares[greedy] = Some(equal.max(1));
            }
            return shares;
        }
        left -= wishes[position];
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_modest_keep_what_they_wish_and_the_greedy_share_the_rest() {
        assert_eq!(shares(100, &[10, 500, 20, 400]), [None, Some(35), None, Some(35)]);
        assert_eq!(shares(100, &[10, 20]), [None, None]);
        assert_eq!(shares(100, &[1_000]), [Some(100)]);
        assert_eq!(shares(100, &[]), [] as [Option<u64>; 0]);
    }

    #[test]
    fn nobody_is_held_to_nothing() {
        assert_eq!(shares(1, &[5, 5, 5]), [Some(1), Some(1), Some(1)]);
    }
}
