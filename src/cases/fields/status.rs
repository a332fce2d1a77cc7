//! Birth, death, marriage, divorce, adoption: changes of personal status.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AdoptionKind, BirthKind, DeathKind, DivorceKind, Facts, Findings, MarriageKind, PartyRole, sexes};
use crate::calendar::PartialDate;
use crate::people::{IdNumber, Label, Name, Sex, names};
use crate::text_enum;

text_enum! {
    /// Sex as registered.
    pub enum RegisteredSex {
        Male = "MALE",
        Female = "FEMALE",
    }
}

text_enum! {
    /// From whom the surname comes (民法 §1059).
    pub enum SurnameFrom {
        Father = "FATHER",
        Mother = "MOTHER",
        /// Drawn by lot where the parents do not agree (戶籍法 §49)
        Lot = "LOT",
        /// The guardian's, of a foundling or another child without parents (戶籍法 §49); of a birth alone
        Guardian = "GUARDIAN",
    }
}

text_enum! {
    /// Where a birth took place.
    pub enum BirthPlace {
        Hospital = "HOSPITAL",
        Clinic = "CLINIC",
        MidwifeHouse = "MIDWIFE_HOUSE",
        Home = "HOME",
        Other = "OTHER",
    }
}

/// Birth registration 出生登記 (戶籍法 §6, §29, §49); `event_on` is the day of birth. A SUBJECT who is named is the child, of that day
/// of birth, the `child_name` and the `national_id`. Of a foundling the SUBJECT is the only party, `surname_from` is GUARDIAN, and
/// what nobody knows stands as estimated.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "BIRTH", "child_name": "王小安", "sex": "FEMALE", "surname_from": "FATHER", "birth_place": "HOSPITAL",
    "certificate_number": "出字第 1150001 號", "weight_g": 3150, "weeks": 39, "birth_order": 1, "multiple": 1
}))]
pub struct BirthFields {
    pub kind: BirthKind,
    /// As a SUBJECT is called, where one is named.
    pub child_name: Name,
    pub sex: RegisteredSex,
    pub surname_from: SurnameFrom,
    pub birth_place: BirthPlace,
    /// Number of the birth certificate 出生證明書, or of the paper by which a foundling was found.
    pub certificate_number: Label,
    /// Grams.
    #[schema(minimum = 200, maximum = 9000)]
    pub weight_g: u16,
    /// Weeks of pregnancy.
    #[schema(minimum = 20, maximum = 45)]
    pub weeks: u8,
    /// Which child of this mother.
    #[schema(minimum = 1, maximum = 20)]
    pub birth_order: u8,
    /// Children of this birth: 1, twins 2 …
    #[schema(minimum = 1, maximum = 8)]
    pub multiple: u8,
    /// The number assigned to the child, once it is.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "whole")]
    pub national_id: Option<IdNumber>,
}

/// Personal numbers stand whole in a case's sealed fields.
pub(super) fn whole<S: serde::Serializer>(number: &Option<IdNumber>, serializer: S) -> Result<S::Ok, S::Error> {
    number.as_ref().map(IdNumber::expose).serialize(serializer)
}

impl BirthFields {
    /// Whether nobody is known as a parent.
    pub fn is_of_nobody(&self) -> bool {
        self.surname_from == SurnameFrom::Guardian
    }

    pub(super) fn check(&self, facts: &Facts<'_>, findings: &mut Findings) {
        findings.distinct(facts);
        let fathers = facts.with(PartyRole::Father).count();
        let named = self.surname_from != SurnameFrom::Father || fathers == 1;
        findings.unless(named, "/fields/surname_from", "not_allowed", "民法 §1059", "未登載父親", "no father is named");
        let is_alone = fathers + facts.with(PartyRole::Mother).count() == 0;
        let text = ("登載有父或母者，不從監護人之姓", "a child of whom a parent is named has no guardian's surname");
        let fits = is_alone || self.surname_from != SurnameFrom::Guardian;
        findings.unless(fits, "/fields/surname_from", "not_allowed", "戶籍法 §49", text.0, text.1);
        let age = PartialDate::Day(facts.event()).age_on(facts.today).years;
        let text = (
            "滿 12 歲者應辦初設戶籍登記（INITIAL，於 circumstances 填 BORN_IN_THE_COUNTRY）",
            "from the age of 12 it is an initial registration (INITIAL, with BORN_IN_THE_COUNTRY in circumstances)",
        );
        findings.unless(age < 12, "/event_on", "range", "戶籍法 §6", text.0, text.1);
        findings.parents(facts, Some(PartialDate::Day(facts.event())), |_| "/event_on".to_owned());
        for (index, child) in facts.placed(PartyRole::Subject) {
            let text = (
                "與 /fields/child_name 不符：出生登記之當事人即該子女",
                "it differs from /fields/child_name: the SUBJECT of a birth is the child",
            );
            let is_child = names::passes_for(self.child_name.as_str(), &child.name);
            findings.unless(is_child, &format!("/parties/{index}/name"), "party_mismatch", "戶籍法 §29", text.0, text.1);
            let text = (
                "與 /fields/national_id 不符：出生登記之當事人即該子女",
                "it differs from /fields/national_id: the SUBJECT of a birth is the child",
            );
            let given = self.national_id.as_ref();
            let has_number = given.is_none_or(|number| child.number.number() == Some(number));
            let pointer = format!("/parties/{index}/national_id");
            findings.unless(has_number, &pointer, "party_mismatch", "戶籍法 §29", text.0, text.1);
        }
        let fits = self.national_id.as_ref().is_none_or(|n| (n.sex() == Sex::Male) == (self.sex == RegisteredSex::Male));
        findings.unless(fits, "/fields/national_id", "pattern", "", "統一編號與性別不符", "the number tells another sex");
    }
}

text_enum! {
    /// How somebody died.
    pub enum DeathManner {
        Natural = "NATURAL",
        Accident = "ACCIDENT",
        Suicide = "SUICIDE",
        Homicide = "HOMICIDE",
        Undetermined = "UNDETERMINED",
        /// Declared dead by a court (死亡宣告)
        Declared = "DECLARED",
    }
}

/// Death registration 死亡登記、死亡宣告登記 (戶籍法 §14, §36, §39); `event_on` is the day of death or the ruling's finality.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "DEATH", "died_on": "2026-11-20", "manner": "NATURAL", "place": "彰化基督教醫院", "certificate_number": "死字第 1150001 號"
}))]
pub struct DeathFields {
    pub kind: DeathKind,
    /// The day of death as far as it is known, or the day that the court's declaration fixes. What the deceased may still have
    /// done goes by the last day on which it can have been, which is no later than `event_on` and the registration: one after
    /// `event_on` is refused.
    pub died_on: PartialDate,
    pub manner: DeathManner,
    pub place: Label,
    /// Number of the death certificate, inquest report or court ruling.
    pub certificate_number: Label,
}

impl DeathFields {
    pub(super) fn check(&self, facts: &Facts<'_>, findings: &mut Findings) {
        findings.past(facts, "/fields/died_on", self.died_on.earliest());
        let declared = facts.type_code == "DEATH_PRESUMED";
        let fits = declared == (self.manner == DeathManner::Declared);
        let text = ("死亡宣告以 DECLARED 登載，其餘不得", "DECLARED belongs to a declaration of death, and to nothing else");
        findings.unless(fits, "/fields/manner", "not_allowed", "戶籍法 §14", text.0, text.1);
    }
}

/// A witness.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    pub name: Name,
    #[serde(serialize_with = "whole_one")]
    pub national_id: IdNumber,
}

pub(super) fn whole_one<S: serde::Serializer>(number: &IdNumber, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(number.expose())
}

/// By which article the end of a marriage by agreement wants two witnesses.
pub fn witnessed_by(type_code: &str) -> &'static str {
    if type_code == "MARRIAGE_END_748" { "司法院釋字第七四八號解釋施行法 §16" } else { "民法 §1050" }
}

/// Two grown-up witnesses who are no parties.
fn witnesses(facts: &Facts<'_>, witnesses: &[Witness], law: &str, findings: &mut Findings) {
    let mut numbers: Vec<&str> = witnesses.iter().map(|w| w.national_id.expose()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let outside = !facts.parties.iter().any(|party| numbers.contains(&party.number.expose().as_str()));
    let text = ("須有二位以上證人，且非當事人", "two different witnesses who are no parties");
    findings.unless(numbers.len() >= 2 && outside, "/fields/witnesses", "parties", law, text.0, text.1);
}

/// Marriage registration 結婚登記 (戶籍法 §9, §33; 民法 §980, §982).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "MARRIAGE", "abroad": false,
    "witnesses": [{"name": "林證人", "national_id": "N123456780"}, {"name": "陳證人", "national_id": "N200000004"}]
}))]
pub struct MarriageFields {
    pub kind: MarriageKind,
    /// Two at least (民法 §982), but for a marriage that stands without registration.
    #[schema(max_items = 4)]
    pub witnesses: Vec<Witness>,
    /// Concluded abroad: as before 2008-05-23, it stands without registration and has a period of 30 days.
    pub abroad: bool,
    /// Spouse without a Taiwanese number who is no party: with it one party is a SPOUSE, without it exactly two are (`not_both`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spouse_name: Option<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spouse_nationality: Option<Label>,
}

impl MarriageFields {
    /// Whether it stands without registration: concluded abroad, or when a ceremony sufficed (民法 §982 before 2008-05-23).
    pub fn stands_by_itself(&self, event_on: Option<NaiveDate>) -> bool {
        let registering = NaiveDate::from_ymd_opt(2008, 5, 23).expect("a day");
        self.abroad || event_on.is_some_and(|day| day < registering)
    }

    pub(super) fn check(&self, facts: &Facts<'_>, findings: &mut Findings) {
        findings.distinct(facts);
        let both = self.spouse_name.is_some() == self.spouse_nationality.is_some();
        findings.unless(
            both,
            "/fields/spouse_nationality",
            "required",
            "",
            "外籍配偶須填姓名及國籍",
            "name and nationality together",
        );
        let is_named_twice = self.spouse_name.is_some() && facts.with(PartyRole::Spouse).count() > 1;
        let text = (
            "配偶已列為當事人（role 為 SPOUSE），與 spouse_name 擇一",
            "this spouse is a party of the role SPOUSE already: name them once",
        );
        findings.unless(!is_named_twice, "/fields/spouse_name", "not_both", "", text.0, text.1);
        let sexes = sexes(facts, PartyRole::Spouse);
        let same = sexes.len() == 2 && sexes[0] == sexes[1];
        let law = |same_sex: &'static str, civil: &'static str| if same { same_sex } else { civil };
        if !self.stands_by_itself(facts.event_on) {
            let law = law("司法院釋字第七四八號解釋施行法 §4", "民法 §982");
            witnesses(facts, &self.witnesses, law, findings);
        }
        let begun = facts.event() >= NaiveDate::from_ymd_opt(2019, 5, 24).expect("a day");
        let text = ("108 年 5 月 24 日起始得辦理同性結婚", "two of one sex from 2019-05-24 on");
        findings.unless(!same || begun, "/event_on", "range", "司法院釋字第七四八號解釋施行法 §4", text.0, text.1);
        let adult = facts.event() >= NaiveDate::from_ymd_opt(2023, 1, 1).expect("a day");
        for (index, spouse) in facts.placed(PartyRole::Spouse) {
            let age = match (adult || same, spouse.number.sex()) {
                (false, Some(Sex::Female) | None) => 16,
                _ => 18,
            };
            let (zh, en) = (format!("未滿 {age} 歲不得結婚"), format!("nobody under {age} may marry"));
            if let Some(born) = spouse.birth_on {
                let age = born.age_on(facts.event()).reaches(age);
                let law = law("司法院釋字第七四八號解釋施行法 §3", "民法 §980");
                findings.unless_age(age, &format!("/parties/{index}/birth_on"), "too_young", law, (&zh, &en));
            }
        }
    }
}

/// Divorce and the end of a same-sex marriage 離婚登記、終止結婚登記 (戶籍法 §9, §34; 民法 §1049, §1050;
/// 司法院釋字第七四八號解釋施行法 §16): by agreement each by the type of its own. Both are named as SPOUSE; in a divorce by a court
/// one suffices where the other has no number.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "DIVORCE", "court_ruling": "彰化地方法院 115 年度家調字第 12 號", "final_on": "2026-11-02", "witnesses": []}))]
pub struct DivorceFields {
    pub kind: DivorceKind,
    /// By agreement: two witnesses.
    #[schema(max_items = 4)]
    pub witnesses: Vec<Witness>,
    /// By a court: its ruling, mediation or settlement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub court_ruling: Option<Label>,
    /// The day on which it became final, no later than `event_on`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub final_on: Option<NaiveDate>,
    /// By agreement abroad: as one up to 1985-06-04, it stands without registration and has a period of 30 days; the law there
    /// tells whether it wants witnesses.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub abroad: bool,
}

impl DivorceFields {
    /// Whether an agreement stands without registration: abroad, or as long as a paper sufficed (民法 §1050 before 1985-06-05).
    pub fn stands_by_itself(&self, event_on: Option<NaiveDate>) -> bool {
        let registering = NaiveDate::from_ymd_opt(1985, 6, 5).expect("a day");
        self.abroad || event_on.is_some_and(|day| day < registering)
    }

    pub(super) fn check(&self, facts: &Facts<'_>, findings: &mut Findings) {
        findings.distinct(facts);
        if facts.type_code == "DIVORCE_COURT" {
            let text = ("僅協議離婚或終止結婚填寫", "for a divorce or an end by agreement");
            findings.unless(!self.abroad, "/fields/abroad", "not_allowed", "戶籍法 §34", text.0, text.1);
            let text = ("須填裁判、調解或和解及確定日", "name the ruling and the day on which it became final");
            let named = self.court_ruling.is_some() && self.final_on.is_some();
            findings.unless(named, "/fields/court_ruling", "required", "戶籍法 §34", text.0, text.1);
            if let Some(day) = self.final_on {
                findings.past(facts, "/fields/final_on", day);
            }
        } else if !self.abroad {
            witnesses(facts, &self.witnesses, witnessed_by(facts.type_code), findings);
        }
    }
}

/// Adoption and its end 收養、終止收養登記 (戶籍法 §8, §31, §32; 民法 §1073, §1079, §1080). An end on which the two sides have agreed in
/// writing, of whoever is of age on `event_on`, the day of that paper, has neither `court_ruling` nor `final_on`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "ADOPTION", "court_ruling": "彰化地方法院 115 年度司養聲字第 3 號", "final_on": "2026-11-02",
    "surname_from": "FATHER", "adopts_spouses_child": false
}))]
pub struct AdoptionFields {
    pub kind: AdoptionKind,
    /// The court's approval of the adoption, or of its end for a child under age (民法 §1079, §1080), or its ruling on the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub court_ruling: Option<Label>,
    /// The day on which the ruling became final.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub final_on: Option<NaiveDate>,
    pub surname_from: SurnameFrom,
    /// One adopter adopts the child of their spouse: 16 years between them suffice. Of spouses who adopt together one is 20 years
    /// older and the other 16 (民法 §1073), without it.
    pub adopts_spouses_child: bool,
}
