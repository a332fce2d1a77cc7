//! How personal data is shown to those who need to recognise it but not to know it.

use crate::characters::is_variation_selector;
use crate::characters::numbers::{Kinds, numbers_in};

/// `王○明`, `陳○`, `歐○○明`; romanised names keep their initials: `J. S.`.
pub fn mask_name(name: &str) -> String {
    let name = name.trim();
    if name.chars().any(|c| c.is_ascii_alphabetic()) {
        let initials: Vec<String> =
            name.split_whitespace().filter_map(|word| word.chars().next()).map(|c| format!("{}.", c.to_uppercase())).collect();
        return initials.join(" ");
    }
    let letters: Vec<char> = name.chars().filter(|c| !is_variation_selector(*c)).collect();
    match letters.as_slice() {
        [] | [_] => "○".to_owned(),
        [first, _] => format!("{first}○"),
        [first, middle @ .., last] => format!("{first}{}{last}", "○".repeat(middle.len())),
    }
}

/// `a***@example.org`.
pub fn mask_email(email: &str) -> String {
    match email.split_once('@') {
        Some((user, host)) => format!("{}***@{host}", user.chars().next().unwrap_or('*')),
        None => "***".to_owned(),
    }
}

/// Keeps the first and last characters of a number and hides those between.
pub fn mask_middle(number: &str, first: usize, last: usize) -> String {
    let letters: Vec<char> = number.chars().collect();
    let hidden = letters.len().saturating_sub(first + last);
    letters.iter().enumerate().map(|(i, c)| if i >= first && i < first + hidden { '*' } else { *c }).collect()
}

/// A text with the numbers of people in it masked, as texts of before that was refused stand in lists and books.
pub fn mask_numbers(text: &str) -> String {
    let (mut shown, mut from) = (String::with_capacity(text.len()), 0);
    for number in numbers_in(text, Kinds::All) {
        shown.push_str(&text[from..number.start]);
        shown.push_str(&mask_middle(&text[number.clone()], 3, 2));
        from = number.end;
    }
    shown.push_str(&text[from..]);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_ends_only() {
        for (name, masked) in [
            ("陳明", "陳○"),
            ("王小明", "王○明"),
            ("歐陽小明", "歐○○明"),
            ("明", "○"),
            ("John Smith", "J. S."),
            ("𠮷田明", "𠮷○明"),
            ("葛\u{e0100}城", "葛○"),
        ] {
            assert_eq!(mask_name(name), masked);
        }
    }

    #[test]
    fn numbers_and_addresses_keep_little() {
        assert_eq!(mask_middle("0912345678", 4, 3), "0912***678");
        assert_eq!(mask_numbers("甲A123456789、0912345678"), "甲A12*****89、091*****78");
        assert_eq!(mask_numbers("115 年度家調裁字第 12 號"), "115 年度家調裁字第 12 號");
        assert_eq!(mask_email("someone@example.org"), "s***@example.org");
    }
}
