//! Which numbers of a table may be shown so that none that is small can be found out, not even by who knows the rule.

/// A table whose sum everybody knows, with small numbers hidden.
///
/// Numbers below `least` are hidden, empty ones like any other. Where the hidden ones could be worked out of the sum, since it is
/// one alone, or they are all empty, or together so many that none of them can be empty, all are hidden: whoever sees a table
/// with hidden numbers can rule out for none of them that it is empty, nor that it is not. Hiding one more number instead would
/// not do, since the rule by which it is chosen tells.
pub fn protected(cells: &[u32], least: u32) -> Vec<Option<u32>> {
    let small: Vec<u32> = cells.iter().copied().filter(|count| *count < least).collect();
    if small.is_empty() {
        return cells.iter().copied().map(Some).collect();
    }
    let (sum, most) = (small.iter().sum::<u32>(), least - 1);
    let others = u32::try_from(small.len() - 1).unwrap_or(u32::MAX);
    if sum == 0 || sum > most.saturating_mul(others) {
        return vec![None; cells.len()];
    }
    cells.iter().map(|count| (*count >= least).then_some(*count)).collect()
}

/// The tables that what is shown leaves open at the ends of a range: all that is hidden in one hidden cell. A share, or a mean, of
/// any table that is possible lies between those of these.
pub fn extremes(shown: &[Option<u32>], sum: u32) -> Vec<Vec<u32>> {
    let known: Vec<u32> = shown.iter().map(|count| count.unwrap_or(0)).collect();
    let hidden = sum.saturating_sub(known.iter().sum());
    let with = |place: usize| {
        let mut table = known.clone();
        table[place] = hidden;
        table
    };
    let open: Vec<Vec<u32>> = (0..shown.len()).filter(|place| shown[*place].is_none()).map(with).collect();
    if open.is_empty() { vec![known] } else { open }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// Every table of so many cells with that sum.
    fn tables(cells: usize, sum: u32) -> Vec<Vec<u32>> {
        if cells == 1 {
            return vec![vec![sum]];
        }
        let rest = |first: u32| tables(cells - 1, sum - first).into_iter().map(move |rest| [vec![first], rest].concat());
        (0..=sum).flat_map(rest).collect()
    }

    #[test]
    fn of_a_hidden_number_nobody_can_tell_whether_it_is_empty() {
        for (cells, sums) in [(2, 5..40), (3, 5..30), (4, 5..22), (5, 5..18)] {
            for sum in sums {
                let mut alike: BTreeMap<Vec<Option<u32>>, Vec<Vec<u32>>> = BTreeMap::new();
                for table in tables(cells, sum) {
                    alike.entry(protected(&table, 5)).or_default().push(table);
                }
                for (shown, possible) in alike {
                    for place in (0..cells).filter(|place| shown[*place].is_none()) {
                        let values: BTreeSet<u32> = possible.iter().map(|table| table[place]).collect();
                        assert!(values.contains(&0) && values.len() > 1, "{shown:?} of {sum}: {values:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn large_numbers_are_shown_beside_small_ones_that_nobody_can_work_out() {
        assert_eq!(protected(&[1, 2, 10, 40, 47], 5), [None, None, Some(10), Some(40), Some(47)]);
        assert_eq!(protected(&[10, 40, 47], 5), [Some(10), Some(40), Some(47)]);
        for hidden in [[0, 0, 10, 40, 50], [1, 6, 10, 40, 47], [4, 4, 10, 40, 47]] {
            assert_eq!(protected(&hidden, 5), [None; 5], "{hidden:?}");
        }
    }

    #[test]
    fn the_extremes_enclose_every_table_that_is_possible() {
        let shown = protected(&[1, 2, 10, 40, 47], 5);
        assert_eq!(extremes(&shown, 100), [vec![3, 0, 10, 40, 47], vec![0, 3, 10, 40, 47]]);
        assert_eq!(extremes(&[Some(7), Some(8)], 15), [vec![7, 8]]);
    }
}
