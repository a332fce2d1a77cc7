//! Boxes of a post office (郵政信箱), at which somebody is reached as at an address: by their number, in either language.

use std::sync::LazyLock;

use regex::Regex;

use super::{DIGIT, NUMERAL, Narrowed, Place, made};

/// A number of one or more parts: 8-123, 8之123, and of the forces 90123附12.
static BOXES: LazyLock<[(Regex, bool); 4]> = LazyLock::new(|| {
    let number = format!("{NUMERAL}+ *(?:(?:[-之附/]|號附) *{NUMERAL}+ *)*");
    // A name of a place, and no word of a sentence.
    let office = "(?:[\\p{Han}--[寄到至在請请收件人為为址是]]{2,3})?[郵邮][政局] *";
    [
        // 臺北郵政第8-123號信箱.
        (
            made(&format!("(?:\\p{{Han}}{{2,4}})?{office}(?:第 *)?{number}(?:[號号] *)?[信郵邮]箱(?: *第? *{number}[號号])?")),
            true,
        ),
        // 郵政信箱第123號.
        (made(&format!("(?:\\p{{Han}}{{2,4}})?{office}[信郵邮]箱 *[:為为是]? *(?:第 *)?{number}[號号]?")), true),
        // A box that may be one of the house.
        (made(&format!("(?:第 *)?{DIGIT}{NUMERAL}* *(?:[-之附] *{NUMERAL}+ *)*[號号] *信箱|信箱 *第? *{number}[號号]")), false),
        (
            made(
                r"(?i)(?-u:\b)(?:p\.? ?o\.? ?-?box(?:es)?|p\.?o\.?b\.?|post(?:al)?(?: ?office)? ?box|postbox|post ?fach|gpo ?box) *(?:[:,#]|no\.?|number)? *[#]?[0-9][0-9a-z]*(?:-[0-9]+)*",
            ),
            true,
        ),
    ]
});

/// Where they stand, in no order.
pub fn found(text: &Narrowed) -> Vec<Place> {
    let places = |(pattern, is_certain): &(Regex, bool)| -> Vec<Place> {
        let all = pattern.find_iter(&text.text);
        all.map(|found| Place { at: text.place(&found.range()), is_certain: *is_certain }).collect()
    };
    BOXES.iter().flat_map(places).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(&str, bool)> {
        found(&Narrowed::of(text)).into_iter().map(|place| (&text[place.at], place.is_certain)).collect()
    }

    #[test]
    fn a_box_at_which_somebody_is_reached_is_found_by_its_number() {
        for written in [
            "郵政信箱12號",
            "郵政信箱第123號",
            "郵政信箱8-123號",
            "郵政信箱：８－１２３",
            "郵政信箱 十二之三號",
            "臺北郵政第8-123號信箱",
            "彰化郵政45號信箱",
            "彰化郵局第45號信箱",
            "郵政90123附12號信箱",
            "郵政第九〇一二三號信箱",
            "郵政 8-123 信箱",
            "P.O. Box 12",
            "P.O.Box 12-345",
            "PO Box 12",
            "P O Box 345",
            "p.o. box no. 7",
            "P.O. Box #7",
            "Post Office Box 7",
            "POB 45",
            "Ｐ．Ｏ． Ｂｏｘ １２３",
            "GPO Box 5",
        ] {
            let text = format!("：{written}，收");
            assert!(told(&text).contains(&(written, true)), "{written}: {:?}", told(&text));
        }
        for written in ["12號信箱", "信箱5號"] {
            let text = format!("：{written}，收");
            assert!(told(&text).contains(&(written, false)), "{written}: {:?}", told(&text));
        }
    }

    #[test]
    fn a_mailbox_without_a_number_is_of_nobody() {
        for innocent in [
            "民意信箱",
            "電子信箱沒有回復",
            "首長信箱3天未回",
            "郵政信箱已滿",
            "信箱2個",
            "郵局3號窗口",
            "in a box 12 cm wide",
            "box office 3",
            "post 12 boxes",
            "POBOX",
        ] {
            assert_eq!(told(innocent), [], "{innocent}");
        }
    }
}
