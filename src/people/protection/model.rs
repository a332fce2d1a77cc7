//! A protection mark: its ground, its states, and what it says.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::policy::{
    ConfirmProtectionMark, CreateProtectionMark, KeepProtectionMark, LiftProtectionMark, UpdateProtectionMark,
};
use super::super::{IdNumber, Identifier, Label, Name, Note, ONLY_HUMAN, OtherIdentity, Unidentified};
use super::store::{Barred, Content};
use crate::error::{Error, Result, Text};
use crate::http::{coded, is_plausible, patch};
use crate::{acts, text_enum};

text_enum! {
    /// States of a protection mark. It is in force once entered, to the end of `until_on` or until it is lifted, confirmed or not.
    pub enum MarkStatus {
        Standing = "STANDING",
        /// Somebody has asked to lift it; it stands until another person does
        LiftAsked = "LIFT_ASKED",
        Lifted = "LIFTED",
    }
}

text_enum! {
    /// The law that bars.
    pub enum ProtectionGround {
        /// Order of a court: 家庭暴力防治法 §14
        FamilyViolenceOrder = "FAMILY_VIOLENCE_ORDER",
        /// Order of a court: 跟蹤騷擾防制法 §12
        StalkingOrder = "STALKING_ORDER",
        /// The victim has barred named relatives: 家庭暴力防治法 §58-2
        OwnBar = "OWN_BAR",
    }
}

acts! {
    /// Acts on a protection mark. It stands as soon as one person has entered it, and another one confirms it; lifting it takes two.
    pub enum MarkAct on "protection_mark" MarkStatus {
        Enter "enter" [CreateProtectionMark ""] "entered" Anyone apart [Subject] {}
        Correct "edit" [UpdateProtectionMark ""] "corrected" Anyone apart [Subject] { Standing => Standing, LiftAsked => Standing }
        Confirm "confirm" [ConfirmProtectionMark ":confirm"] "confirmed" Anyone apart [Unnamed, Proposer, Subject] { Standing => Standing }
        AskLift "lift" [LiftProtectionMark ":lift"] "lift_asked" Proposer apart [Subject] { Standing => LiftAsked }
        Lift "lift" [LiftProtectionMark ":lift"] "lifted" Supervisor apart [Unnamed, Proposer, Remaining, Subject] { LiftAsked => Lifted }
        Keep "keep" [KeepProtectionMark ":keep"] "kept" Anyone apart [Subject] { LiftAsked => Standing }
    }
}

/// The court's order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"number": "彰化地方法院 115 年度家護字第 12 號", "dated_on": "2026-11-20"}))]
pub struct CourtOrder {
    /// Court and number.
    pub number: Label,
    /// Not in the future.
    pub dated_on: NaiveDate,
}

/// Somebody who is barred: known by a number or a paper, or by the name alone where neither is known.
#[derive(Clone, Debug, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "林大同", "national_id": "N123456780"}))]
pub struct BarredInput {
    name: Name,
    national_id: Option<IdNumber>,
    /// In the place of `national_id`: a foreign paper.
    identified_by: Option<OtherIdentity>,
}

impl BarredInput {
    fn read(&self, at: &str) -> Result<Barred> {
        if self.national_id.is_none() && self.identified_by.is_none() {
            return Ok(Barred { name: self.name.clone(), number: None });
        }
        let known = Identifier::of(self.national_id.clone(), self.identified_by.as_ref(), self.name.as_str());
        let known = known.map_err(|Unidentified(member, rule)| Error::field(format!("{at}/{member}"), rule, coded(rule).1))?;
        if !known.is_human() {
            return Err(Error::field(known.pointer(at), "not_allowed", ONLY_HUMAN));
        }
        // Whoever has nothing that finds them is known by the name.
        Ok(Barred { name: self.name.clone(), number: Some(known).filter(Identifier::finds) })
    }
}

fn read_all(barred: &[BarredInput]) -> Result<Vec<Barred>> {
    barred.iter().enumerate().map(|(index, one)| one.read(&format!("/barred/{index}"))).collect()
}

/// A mark to enter.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "ground": "FAMILY_VIOLENCE_ORDER", "order": {"number": "彰化地方法院 115 年度家護字第 12 號", "dated_on": "2026-11-20"},
    "barred": [{"name": "林大同", "national_id": "N123456780"}], "from_on": "2026-11-20", "until_on": "2028-11-19", "reason": "法院核發保護令"
}))]
pub struct MarkInput {
    ground: ProtectionGround,
    /// Required with an order of a court, and not allowed with the victim's own bar.
    order: Option<CourtOrder>,
    #[schema(min_items = 1, max_items = 20)]
    barred: Vec<BarredInput>,
    /// First day; not in the future.
    from_on: NaiveDate,
    /// Last day; without one it stands until it is lifted. Not before today.
    until_on: Option<NaiveDate>,
    reason: Note,
}

impl MarkInput {
    pub fn ground(&self) -> ProtectionGround {
        self.ground
    }

    pub fn days(&self) -> (NaiveDate, Option<NaiveDate>) {
        (self.from_on, self.until_on)
    }

    /// What it says, judged.
    pub fn read(&self, today: NaiveDate) -> Result<Content> {
        if !is_plausible(self.from_on) || self.from_on > today {
            let text = Text::new("起日不得晚於今日", "the first day lies after today");
            return Err(Error::field("/from_on", "range", text));
        }
        require_until(self.until_on, today)?;
        require_order(self.ground, self.order.as_ref(), today)?;
        let barred = read_all(&self.barred)?;
        Ok(Content { order: self.order.clone(), barred, reason: self.reason.as_str().to_owned() })
    }
}

fn require_until(until_on: Option<NaiveDate>, today: NaiveDate) -> Result<()> {
    if until_on.is_some_and(|until| !is_plausible(until) || until < today) {
        let text = Text::new("迄日不得早於今日", "the last day lies before today");
        return Err(Error::field("/until_on", "range", text));
    }
    Ok(())
}

fn require_order(ground: ProtectionGround, order: Option<&CourtOrder>, today: NaiveDate) -> Result<()> {
    let refused = |at, code, zh, en| Err(Error::field(at, code, Text::new(zh, en)));
    match (ground, order) {
        (ProtectionGround::OwnBar, Some(_)) => {
            refused("/order", "not_allowed", "被害人自行申請者無裁定", "the victim's own bar rests on no order")
        }
        (ProtectionGround::OwnBar, None) => Ok(()),
        (_, None) => refused("/order", "required", "請填法院裁定之字號及日期", "give the number and the date of the order"),
        (_, Some(order)) if !is_plausible(order.dated_on) || order.dated_on > today => {
            refused("/order/dated_on", "range", "裁定日期不得晚於今日", "the order lies after today")
        }
        _ => Ok(()),
    }
}

/// What of a mark is corrected; whatever would protect less is no correction.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"until_on": "2029-11-19", "reason": "法院延長保護令"}))]
pub struct MarkPatch {
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    order: Option<CourtOrder>,
    /// All who are barred; everybody who was stands among them still, as `:reveal` shows them.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(min_items = 1, max_items = 20, nullable = false)]
    barred: Option<Vec<BarredInput>>,
    /// A later last day; `null` for none.
    #[serde(default, deserialize_with = "patch::set_or_clear")]
    #[schema(value_type = Option<NaiveDate>)]
    until_on: Option<Option<NaiveDate>>,
    /// Why; required where anything changes.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    reason: Option<Note>,
}

impl MarkPatch {
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_ref().map(Note::as_str)
    }

    /// The last day and what it says now; refused where it protects less than before.
    pub fn apply(
        &self,
        (ground, until_on, said): (ProtectionGround, Option<NaiveDate>, &Content),
        today: NaiveDate,
    ) -> Result<(Option<NaiveDate>, Content)> {
        let less = |at| {
            let (zh, en) = (
                "不得縮減保護；請另行註記，再由二人解除原註記",
                "it would protect less: enter another mark, and lift this one by two people",
            );
            Err(Error::field(at, "narrows", Text::new(zh, en)))
        };
        let until = self.until_on.unwrap_or(until_on);
        if until.is_some_and(|new| until_on.is_none_or(|old| new < old)) {
            return less("/until_on");
        }
        if self.until_on.is_some() {
            require_until(until, today)?;
        }
        let order = self.order.clone().or_else(|| said.order.clone());
        require_order(ground, order.as_ref(), today)?;
        let barred = self.barred.as_deref().map(read_all).transpose()?.unwrap_or_else(|| said.barred.clone());
        if said.barred.iter().any(|old| !barred.contains(old)) {
            return less("/barred");
        }
        let reason = self.reason().unwrap_or(&said.reason).to_owned();
        Ok((until, Content { order, barred, reason }))
    }
}
