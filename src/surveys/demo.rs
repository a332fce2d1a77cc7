//! The invented surveys of a demo: one that is open with answers, one that is sent after bookings and rests, and a draft.

use chrono::Days;

use super::answer::Given;
use super::counting::AnswerBox;
use super::form::{SurveyInput, SurveyItem, SurveyItemKind, SurveyOption, SurveyWording};
use super::model::{Readings, SurveyChannel, SurveyStatus, SurveyedService};
use super::settings::SurveySettings;
use super::store::{self, Survey};
use crate::accounts;
use crate::clock::Moment;
use crate::db::{JsonText, Tx};
use crate::error::Result;
use crate::secrets::vault::Vault;

/// Ratings of the invented answers.
const RATINGS: [u32; 24] = [5, 5, 4, 5, 3, 5, 4, 4, 5, 5, 2, 5, 4, 5, 5, 4, 3, 5, 5, 4, 1, 5, 4, 5];
const WORDS: [&str; 6] = ["服務親切", "等候時間可再縮短", "希望週六延長服務", "動線清楚", "線上預約很方便", "停車位不足"];

fn wording(zh: &str, en: &str) -> SurveyWording {
    SurveyWording { zh: zh.to_owned(), en: en.to_owned() }
}

fn item(code: &str, kind: SurveyItemKind, required: bool, wording: SurveyWording) -> SurveyItem {
    SurveyItem { code: code.to_owned(), kind, wording, required, options: None, minimum: None, maximum: None }
}

fn form(title: SurveyWording, now: Moment) -> SurveyInput {
    let option = |code: &str, zh: &str, en: &str| SurveyOption { code: code.to_owned(), wording: wording(zh, en) };
    let how = SurveyItem {
        options: Some(vec![option("COUNTER", "臨櫃", "At the counter"), option("ONLINE", "線上", "Online")]),
        ..item("HOW", SurveyItemKind::SingleChoice, true, wording("您以何種方式洽公？", "How did you come to us?"))
    };
    SurveyInput {
        title,
        introduction: Some(wording(
            "本問卷不具名，約需 2 分鐘；請勿填寫姓名或電話。",
            "This survey is anonymous and takes two minutes; please give no names or numbers.",
        )),
        open_to_all: true,
        services: vec![SurveyedService::BookingDone, SurveyedService::CaseRegistered],
        sent_after: Vec::new(),
        opens_on: now.date(),
        closes_on: now.date() + Days::new(60),
        items: vec![
            item(
                "OVERALL",
                SurveyItemKind::Rating,
                true,
                wording("整體而言，您對本所服務是否滿意？", "All in all, are you satisfied with our service?"),
            ),
            how,
            item("WORDS", SurveyItemKind::Text, false, wording("其他意見", "Anything else?")),
        ],
    }
}

/// Answers of nobody.
fn answers() -> AnswerBox {
    let mut kept = AnswerBox { issued: 40, ..AnswerBox::default() };
    for (place, rating) in RATINGS.iter().enumerate() {
        let how = if place % 3 == 0 { "ONLINE" } else { "COUNTER" };
        let mut given = vec![
            ("OVERALL".to_owned(), Given::Cells(vec![rating.to_string()])),
            ("HOW".to_owned(), Given::Cells(vec![how.to_owned()])),
        ];
        given.extend(WORDS.get(place).map(|words| ("WORDS".to_owned(), Given::Words((*words).to_owned()))));
        kept.add(format!("demo-{place}"), SurveyChannel::Token, &given);
    }
    kept
}

/// A survey that was opened.
fn open(tx: &mut Tx, (form, by): (&SurveyInput, &str), now: Moment) -> Result<Survey> {
    let settings = SurveySettings::default();
    let readings = Readings {
        least_answers: settings.survey_least_answers,
        satisfied_from: settings.survey_satisfied_from,
        confidence_percent: settings.survey_confidence_percent,
    };
    Ok(Survey {
        status: SurveyStatus::Open,
        readings: Some(JsonText::of(&readings)?),
        opened_at: Some(now),
        opened_by: accounts::id_of(tx, "director1")?.map(|director| format!("accounts/{director}")),
        ..Survey::draft(form, by.to_owned(), now)?
    })
}

pub fn seed(tx: &mut Tx, vault: &Vault, now: Moment) -> Result<()> {
    let Some(chief) = accounts::id_of(tx, "chief1")? else { return Ok(()) };
    let by = format!("accounts/{chief}");
    let title = wording("洽公服務滿意度調查", "Satisfaction with our service");
    let survey = open(tx, (&form(title, now), &by), now)?;
    store::insert(tx, &survey)?;
    store::insert_box(tx, vault, survey.id)?;
    store::save_box(tx, vault, survey.id, &answers())?;
    // The office lets it go on once it has set up a relay.
    let title = wording("預約服務滿意度調查", "Satisfaction with booked services");
    let sent = SurveyInput { open_to_all: false, sent_after: vec![SurveyedService::BookingDone], ..form(title, now) };
    let mut survey = open(tx, (&sent, &by), now)?;
    (survey.asked_through, survey.invitations_paused_at) = (now.date().pred_opt(), Some(now));
    store::insert(tx, &survey)?;
    store::insert_box(tx, vault, survey.id)?;
    let title = wording("延時服務需求調查", "Who needs evening hours?");
    store::insert(tx, &Survey::draft(&form(title, now), by, now)?)
}
