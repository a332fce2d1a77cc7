//! Which part of a name each type changes, and for which reasons (姓名條例 §1, §4, §8–§10; 戶籍法 §22).

use super::{CaseFields, Findings, NameFields, NameReason};
use crate::error::Result;
use crate::people::{Name, names};

/// What a type leaves of a name.
#[derive(Clone, Copy)]
enum Keeps {
    Surname,
    GivenName,
    /// The whole name: a spouse's surname is put before it, or taken away again.
    OwnName,
    Nothing,
}

struct Change {
    type_code: &'static str,
    reasons: &'static [NameReason],
    keeps: Keeps,
    law: &'static str,
}

const CHANGES: [Change; 6] = [
    Change {
        type_code: "NAME_SURNAME",
        reasons: &[NameReason::AdoptionOrParentage, NameReason::TraditionalName, NameReason::Transliteration, NameReason::Other],
        keeps: Keeps::GivenName,
        law: "姓名條例 §8 I",
    },
    Change {
        type_code: "NAME_SPOUSE", reasons: &[NameReason::MarriageOrDivorce], keeps: Keeps::OwnName, law: "姓名條例 §8 II"
    },
    Change {
        type_code: "NAME_GIVEN",
        reasons: &[
            NameReason::SameNameNearby,
            NameReason::SameNameAsElder,
            NameReason::SameNameAsWanted,
            NameReason::AdoptionOrParentage,
            NameReason::SpecialReason,
            NameReason::Transliteration,
            NameReason::TraditionalName,
        ],
        keeps: Keeps::Surname,
        law: "姓名條例 §9",
    },
    Change {
        type_code: "NAME_FULL",
        reasons: &[NameReason::Transliteration, NameReason::ReligiousLife, NameReason::OfficialDuty, NameReason::Other],
        keeps: Keeps::Nothing,
        law: "姓名條例 §1、§10",
    },
    Change {
        type_code: "NAME_INDIGENOUS",
        reasons: &[NameReason::TraditionalName],
        keeps: Keeps::Nothing,
        law: "姓名條例 §1、§4",
    },
    Change { type_code: "NAME_CORRECTION", reasons: &[NameReason::ClericalError], keeps: Keeps::Nothing, law: "戶籍法 §22" },
];

/// Surnames of two characters.
const COMPOUND: [&str; 58] = [
    "歐陽", "司馬", "司徒", "司空", "諸葛", "上官", "皇甫", "尉遲", "公孫", "慕容", "長孫", "宇文", "端木", "令狐", "軒轅",
    "鍾離", "鐘離", "淳于", "單于", "申屠", "赫連", "聞人", "呼延", "太史", "拓跋", "獨孤", "完顏", "納蘭", "鮮于", "万俟",
    "梁丘", "左丘", "百里", "東郭", "東方", "西門", "南宮", "公羊", "穀梁", "樂正", "濮陽", "澹臺", "澹台", "夏侯", "公冶",
    "公西", "漆雕", "壤駟", "宰父", "顓孫", "巫馬", "閭丘", "仲孫", "叔孫", "張簡", "范姜", "張廖", "第五",
];

fn is_chinese(c: char) -> bool {
    matches!(c, '〇' | '々' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// A name as surname and given name.
type Parts = (String, String);

/// How a name can be read: by the surname that is said; else by the surname of two characters that it begins with, and by its first
/// character. A name that is not in Chinese characters has no such parts.
fn readings(name: &Name, said: Option<&Name>) -> Vec<Parts> {
    let whole = names::folded(name.as_str());
    let of = |surname: &str| whole.strip_prefix(surname).map(|given| (surname.to_owned(), given.to_owned()));
    if let Some(said) = said {
        return of(&names::folded(said.as_str())).into_iter().collect();
    }
    if !whole.chars().all(is_chinese) {
        return Vec::new();
    }
    let compound = COMPOUND.iter().find(|surname| whole.starts_with(**surname) && whole.chars().count() > 2);
    let first = whole.chars().next().map(String::from);
    compound.map(|surname| (*surname).to_owned()).into_iter().chain(first).filter_map(|surname| of(&surname)).collect()
}

impl NameFields {
    fn keeps_surname(&self) -> bool {
        let new = names::folded(self.new_name.as_str());
        let keeps = |(surname, _): &Parts| new.starts_with(surname.as_str()) && new != *surname;
        readings(&self.old_name, self.old_surname.as_ref()).first().is_none_or(keeps)
    }

    fn keeps_given_name(&self) -> bool {
        let old = readings(&self.old_name, self.old_surname.as_ref());
        let Some((_, given)) = old.first() else { return true };
        readings(&self.new_name, self.new_surname.as_ref()).iter().any(|(_, kept)| kept == given)
    }

    fn keeps_own_name(&self) -> bool {
        let [old, new] = [&self.old_name, &self.new_name].map(|name| names::folded(name.as_str()));
        let is_known = old.chars().chain(new.chars()).all(is_chinese);
        !is_known || old != new && (old.ends_with(&new) || new.ends_with(&old))
    }

    /// Refuses a reason that is not the type's, and a part of the name that the type leaves as it is.
    pub(super) fn check_change(&self, type_code: &str, findings: &mut Findings) {
        let surnames = [
            ("/fields/old_surname", &self.old_surname, &self.old_name),
            ("/fields/new_surname", &self.new_surname, &self.new_name),
        ];
        for (pointer, said, name) in surnames {
            let begins = said.as_ref().is_none_or(|said| !readings(name, Some(said)).is_empty());
            findings.unless(begins, pointer, "not_allowed", "", "姓名非以此姓起首", "the name does not begin with it");
        }
        let Some(change) = CHANGES.iter().find(|change| change.type_code == type_code) else { return };
        let codes: Vec<&str> = change.reasons.iter().map(|reason| reason.as_str()).collect();
        let (zh, en) =
            (format!("此類變更之原因應為 {}", codes.join("、")), format!("a change of this type is for {}", codes.join(", ")));
        let fits = change.reasons.contains(&self.reason);
        findings.unless(fits, "/fields/reason", "not_allowed", change.law, &zh, &en);
        let (keeps, (zh, en)) = match change.keeps {
            Keeps::Surname => (
                self.keeps_surname(),
                (
                    "改名不得變更姓氏；姓氏非首字或常見複姓者，請填 old_surname",
                    "a change of the given name keeps the surname: say in old_surname one that is neither the first character nor a common surname of two",
                ),
            ),
            Keeps::GivenName => (
                self.keeps_given_name(),
                (
                    "改姓不得變更名字；姓氏非首字或常見複姓者，請填 old_surname、new_surname",
                    "a change of surname keeps the given name: say in old_surname and new_surname one that is neither the first character nor a common surname of two",
                ),
            ),
            Keeps::OwnName => (
                self.keeps_own_name(),
                ("僅得於本姓名前冠配偶之姓，或回復本姓", "a spouse's surname is put before the own name, or taken away again"),
            ),
            Keeps::Nothing => return,
        };
        let is_told = findings.0.iter().any(|found| found.pointer.starts_with("/fields/") && found.pointer.ends_with("name"));
        findings.unless(keeps || is_told, "/fields/new_name", "not_allowed", change.law, zh, en);
    }
}

/// Refuses members of a registered change of name that are corrected to what its type does not change; what stands there already
/// stays.
pub fn refuse_corrected(type_code: &str, fields: Option<&CaseFields>, is_changed: impl Fn(&str) -> bool) -> Result<()> {
    const NAMES: [&str; 4] = ["/fields/old_name", "/fields/new_name", "/fields/old_surname", "/fields/new_surname"];
    let Some(CaseFields::Name(name)) = fields else { return Ok(()) };
    let mut findings = Findings::default();
    name.check_change(type_code, &mut findings);
    findings.0.retain(|found| {
        is_changed(&found.pointer) || NAMES.contains(&found.pointer.as_str()) && NAMES.iter().any(|one| is_changed(one))
    });
    findings.into_result()
}
