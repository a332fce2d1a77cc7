//! The messages to a body that had sent a petition on: letters, in Chinese, as offices write to each other.

use super::acting::Open;
use super::model::{FilingGround, PetitionLanguage, PetitionNoticeKind};
use super::telling::Words;
use super::tellings::{ToldAbout, What};

/// The message to the body that had sent a petition on.
pub fn message(open: &Open, (about, place): What) -> Option<Words> {
    let (number, handling) = (open.row.number.as_str(), &open.handling);
    match about {
        ToldAbout::Filing => handling.filing.as_ref().map(|filing| filed(number, filing.ground)),
        ToldAbout::Notice => {
            let notice = handling.notices.get(place.checked_sub(1)?)?;
            let is_taken_up = notice.about == PetitionNoticeKind::TakenUpAgain;
            Some(not_filed(number, is_taken_up && open.row.status.is_counted()))
        }
        _ => None,
    }
}

/// Tells the body that had sent a petition on that it stays without an answer (行政程序法 §173): in Chinese, as offices write to each other.
fn filed(number: &str, ground: FilingGround) -> Words {
    let item = match ground {
        FilingGround::NoContent | FilingGround::NoName => 1,
        FilingGround::AlreadyAnswered => 2,
        FilingGround::NotCompetent => 3,
    };
    let text =
        format!("貴機關轉來之陳情（本所陳情案號 {number}），業依行政程序法第 173 條第 {item} 款規定不予處理，予以存查。\n");
    let (language, subject) = (PetitionLanguage::Chinese, "轉來陳情案件處理情形".to_owned());
    Words { language, subject, text, quoted: Vec::new() }
}

/// Tells the body that had sent a petition on that it was written to by mistake: it is handled (行政程序法 §171), or what was written does not
/// hold any more.
fn not_filed(number: &str, goes_on: bool) -> Words {
    let now = if goes_on { "本所現續行辦理" } else { "該函所述不再適用" };
    let text = format!("貴機關轉來之陳情（本所陳情案號 {number}），本所前函所述不予處理、予以存查係屬誤辦，{now}，特此更正。\n");
    let (language, subject) = (PetitionLanguage::Chinese, "更正轉來陳情案件處理情形".to_owned());
    Words { language, subject, text, quoted: Vec::new() }
}
