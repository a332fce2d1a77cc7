//! Look-ups by as many values as the store holds: an engine bounds how many one statement may name.

use crate::error::Result;

/// As many as one statement names. SQLite takes 32,766 values at once, and a statement may name its own several times.
const PART: usize = 8000;

/// All that is found by these values, however many they are: by a part of them after the other.
pub fn in_parts<V, T>(values: &[V], mut find: impl FnMut(&[V]) -> Result<Vec<T>>) -> Result<Vec<T>> {
    let mut found = Vec::new();
    for part in values.chunks(PART) {
        found.append(&mut find(part)?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_found_once_and_in_order_however_much_it_is() {
        let all: Vec<usize> = (0..2 * PART + 1).collect();
        let mut parts = Vec::new();
        let found = in_parts(&all, |part| {
            parts.push(part.len());
            Ok(part.to_vec())
        });
        assert_eq!((found.unwrap(), parts), (all, vec![PART, PART, 1]));
        assert!(in_parts(&[], |_: &[usize]| Ok(vec![1])).unwrap().is_empty());
    }
}
