//! Names, id numbers and nationality.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::status::whole_one;
use super::{Facts, Findings, NameKind, NationalityKind, PartyFacts, PartyRole, UidKind};
use crate::people::{IdNumber, Label, Name, names};
use crate::text_enum;

text_enum! {
    /// Why a name changes. Each type takes those that its law lists: NAME_SURNAME ADOPTION_OR_PARENTAGE, TRADITIONAL_NAME,
    /// TRANSLITERATION and OTHER (姓名條例 §8 I); NAME_SPOUSE MARRIAGE_OR_DIVORCE (§8 II); NAME_GIVEN the three SAME_NAME reasons,
    /// ADOPTION_OR_PARENTAGE, SPECIAL_REASON, TRANSLITERATION and TRADITIONAL_NAME (§9); NAME_FULL TRANSLITERATION, RELIGIOUS_LIFE,
    /// OFFICIAL_DUTY and OTHER (§10; §1 VI); NAME_INDIGENOUS TRADITIONAL_NAME (§1, §4); NAME_CORRECTION CLERICAL_ERROR (戶籍法 §22).
    pub enum NameReason {
        /// 字義粗俗不雅或有特殊原因, at most three times (姓名條例 §9 I no. 6)
        SpecialReason = "SPECIAL_REASON",
        /// 同機關（構）、學校或同縣市設籍六個月以上，姓名完全相同 (姓名條例 §9 I nos. 1, 3)
        SameNameNearby = "SAME_NAME_NEARBY",
        /// 與三親等以內直系尊親屬名字完全相同 (姓名條例 §9 I no. 2)
        SameNameAsElder = "SAME_NAME_AS_ELDER",
        /// 與經通緝有案之人犯姓名完全相同 (姓名條例 §9 I no. 4)
        SameNameAsWanted = "SAME_NAME_AS_WANTED",
        /// 被認領、撤銷認領、被收養、撤銷收養或終止收養 (姓名條例 §8 I, §9 I no. 5)
        AdoptionOrParentage = "ADOPTION_OR_PARENTAGE",
        /// 冠配偶之姓或回復本姓 (姓名條例 §8 II)
        MarriageOrDivorce = "MARRIAGE_OR_DIVORCE",
        /// 原住民族基於文化慣俗、回復傳統姓名、家族姓氏誤植 (姓名條例 §1, §4, §8 I no. 3, §9 I no. 7)
        TraditionalName = "TRADITIONAL_NAME",
        /// 譯音過長或不正確 (姓名條例 §8 I no. 4, §10); of a given name it is among the three of §9 I no. 6
        Transliteration = "TRANSLITERATION",
        /// 因宗教因素出世或還俗 (姓名條例 §10)
        ReligiousLife = "RELIGIOUS_LIFE",
        /// 因執行公務之必要 (姓名條例 §10)
        OfficialDuty = "OFFICIAL_DUTY",
        /// The entry was wrong (戶籍法 §22)
        ClericalError = "CLERICAL_ERROR",
        /// 其他依法改姓 (姓名條例 §8 I no. 5), 更改已取用之中文姓名 (§1 VI); of a whole name it counts as a special reason
        Other = "OTHER",
    }
}

impl NameReason {
    /// Whether a change of this type counts among the three for a special reason: also for a reason for which the law lets nobody
    /// change a given name (姓名條例 §9 I), and of a given name alone for one that lets change the whole (§10): that it is a long
    /// transliteration stands beside the special reasons (§9 I no. 6).
    pub fn counts(self, type_code: &str) -> bool {
        let is_none_of_given = matches!(self, Self::ClericalError | Self::MarriageOrDivorce | Self::Other);
        let is_of_the_whole = matches!(self, Self::Transliteration | Self::ReligiousLife | Self::OfficialDuty);
        match type_code {
            "NAME_GIVEN" => self == Self::SpecialReason || is_none_of_given || is_of_the_whole,
            "NAME_FULL" => self == Self::SpecialReason || is_none_of_given,
            _ => self == Self::SpecialReason,
        }
    }
}

/// Change or correction of a name (姓名條例 §1, §4, §8–§10, §13–§15; 戶籍法 §22, §46). A change of the given name keeps the surname,
/// a change of surname the given name, and a spouse's surname is put before the own name or taken away again. The surname is the
/// first character, or one of the common surnames of two characters that the name begins with; names that are not in Chinese
/// characters alone have no such parts, unless the surname is said. For the reason OTHER the surname becomes the father's or the
/// mother's: of a child under age as both parents agree in writing (SURNAME_AGREEMENT), once before and once after coming of age, or
/// as a court declares (民法 §1059); for ADOPTION_OR_PARENTAGE that of a parent by it, or of before (姓名條例 §8).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "NAME", "old_name": "王小明", "new_name": "王曉明", "reason": "SPECIAL_REASON", "earlier_changes": 0, "barred": false}))]
pub struct NameFields {
    pub kind: NameKind,
    /// As in the register until now.
    pub old_name: Name,
    pub new_name: Name,
    /// The surname of `old_name`, where that is another than by the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_surname: Option<Name>,
    /// The surname of `new_name`, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_surname: Option<Name>,
    pub reason: NameReason,
    /// Earlier changes for a special reason; those that the register knows count in any case, with those of a given name for a
    /// reason that is none of the law's (姓名條例 §9).
    #[schema(minimum = 0, maximum = 3)]
    pub earlier_changes: u8,
    /// A bar of §15 was found: wanted, detained, or a sentence not three years past. It keeps from a change of surname, given
    /// name or both.
    pub barred: bool,
    /// Of a change of surname (NAME_SURNAME) for the reason OTHER: a court has declared it for the sake of a child under age (民法
    /// §1059 V), without the agreement of both parents and beside the one change on which they agree.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_court: bool,
}

impl NameFields {
    pub(super) fn check(&self, facts: &Facts<'_>, findings: &mut Findings) {
        let may_be_ruled = facts.type_code == "NAME_SURNAME" && self.reason == NameReason::Other;
        let text = ("僅法院宣告變更子女姓氏（原因 OTHER）者填寫", "for a surname that a court has declared, by the reason OTHER");
        findings.unless(!self.by_court || may_be_ruled, "/fields/by_court", "not_allowed", "民法 §1059", text.0, text.1);
        let is_called = |party: &PartyFacts| names::passes_for(&party.name, self.old_name.as_str());
        let text = ("與當事人之姓名不符", "it is not what the party of the role SUBJECT is called");
        findings.unless(
            facts.with(PartyRole::Subject).all(is_called),
            "/fields/old_name",
            "party_mismatch",
            "姓名條例 §1",
            text.0,
            text.1,
        );
        // A correction may be of how the one name is written.
        let differ = match facts.type_code {
            "NAME_CORRECTION" => self.old_name != self.new_name,
            _ => !names::same_name(self.old_name.as_str(), self.new_name.as_str()),
        };
        findings.unless(differ, "/fields/new_name", "not_allowed", "", "與原姓名相同", "it is the old name");
        // A bar keeps nobody from a correction, or from the name that is theirs by custom.
        let is_barred = self.barred && matches!(facts.type_code, "NAME_FULL" | "NAME_GIVEN" | "NAME_SURNAME");
        findings.unless(!is_barred, "/fields/barred", "not_allowed", "姓名條例 §15", "依法不得申請", "the law bars this change");
        if !self.reason.counts(facts.type_code) {
            return;
        }
        let text = ("特殊原因改名以三次為限", "a special reason serves three times at most");
        // What the register knows can only add to what is said.
        let earlier = self.earlier_changes.max(facts.special_changes);
        findings.unless(earlier < 3, "/fields/earlier_changes", "range", "姓名條例 §9", text.0, text.1);
        for born in facts.with(PartyRole::Subject).filter_map(|p| p.birth_on).filter(|_| earlier >= 1) {
            let age = born.age_on(facts.today).reaches(18);
            let text = ("未成年人第二次改名應於成年後為之", "a minor's second change waits for the coming of age");
            findings.unless_age(age, "/fields/earlier_changes", "too_young", "姓名條例 §9 II", text);
        }
    }
}

text_enum! {
    /// Why an id number changes.
    pub enum UidReason {
        Duplicate = "DUPLICATE",
        WrongNumber = "WRONG_NUMBER",
        SexChange = "SEX_CHANGE",
        Other = "OTHER",
    }
}

/// Change or correction of the id number 國民身分證統一編號變更、更正 (身分證辦法 §5–§6-1). Its second sign tells the sex (§3): with
/// SEX_CHANGE another one, with DUPLICATE and OTHER the same.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "UID", "old_number": "N123456780", "new_number": "N100000011", "reason": "DUPLICATE"}))]
pub struct UidFields {
    pub kind: UidKind,
    /// The number of the subject until now.
    #[serde(serialize_with = "whole_one")]
    pub old_number: IdNumber,
    #[serde(serialize_with = "whole_one")]
    pub new_number: IdNumber,
    pub reason: UidReason,
}

impl UidFields {
    pub(super) fn check(&self, facts: &Facts<'_>, findings: &mut Findings) {
        let own = facts.with(PartyRole::Subject).all(|party| party.number == self.old_number);
        findings.unless(own, "/fields/old_number", "not_allowed", "", "與當事人之統一編號不符", "it is not the subject's number");
        let differ = self.old_number != self.new_number;
        findings.unless(differ, "/fields/new_number", "not_allowed", "", "與原號相同", "it is the old number");
        if !differ {
            return;
        }
        let text = ("新號應為國民身分證統一編號", "the new number is a national's id number");
        findings.unless(self.new_number.is_national(), "/fields/new_number", "pattern", "身分證辦法 §3", text.0, text.1);
        let (fits, text) = match (self.reason, self.old_number.sex() == self.new_number.sex()) {
            (UidReason::SexChange, same) => {
                (!same, ("性別變更者，新號之性別碼應與原號不同", "after a change of sex the new number tells the other one"))
            }
            // What was wrong may be the sex that the old number tells.
            (UidReason::WrongNumber, _) => return,
            (UidReason::Duplicate | UidReason::Other, same) => (
                same,
                (
                    "新號之性別碼應與原號相同；性別變更者請填 SEX_CHANGE，原號錯誤者請填 WRONG_NUMBER",
                    "the new number tells the same sex as the old one: for another sex the reason is SEX_CHANGE, or WRONG_NUMBER where the old number was wrong",
                ),
            ),
        };
        findings.unless(fits, "/fields/new_number", "pattern", "身分證辦法 §3", text.0, text.1);
    }
}

/// The decision of the Ministry of the Interior 內政部許可.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"number": "台內戶字第1150123456號", "permitted_on": "2026-11-20"}))]
pub struct Permission {
    /// Number of the permission.
    pub number: Label,
    /// Its day: from it on the nationality is acquired, lost or restored.
    pub permitted_on: NaiveDate,
}

/// Nationality: forwarded to the ministry 國籍變更申請轉陳 (國籍法 §8, §11, §17). The case is submitted and registered once the ministry
/// has decided, and holds from the day of its permission.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "NATIONALITY", "nationality": "越南", "forwarding_number": "彰和戶字第1150000123號"}))]
pub struct NationalityFields {
    pub kind: NationalityKind,
    /// The former or the foreign nationality.
    pub nationality: Label,
    /// Number of the letter that forwards it, once it is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forwarding_number: Option<Label>,
    /// The ministry's permission to acquire, lose or restore the nationality, once it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<Permission>,
}

impl NationalityFields {
    /// The day from which on it holds.
    pub fn permitted_on(&self) -> Option<NaiveDate> {
        self.permission.as_ref().map(|permission| permission.permitted_on)
    }

    pub(super) fn check(&self, facts: &Facts<'_>, findings: &mut Findings) {
        let Some(permission) = &self.permission else { return };
        let text = ("國籍證明無須許可", "a certificate of nationality wants no permission");
        findings.unless(facts.type_code != "NAT_CERT", "/fields/permission", "not_allowed", "國籍法", text.0, text.1);
        findings.past(facts, "/fields/permission/permitted_on", permission.permitted_on);
    }
}
