//! Templates of shifts: what they say, and the shift that one makes for a day.

use chrono::{Duration, NaiveDate, NaiveTime};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::model::{ShiftInput, ShiftKind, ShiftNeed, check_place_and_needs};
use super::policy::{CreateShiftTemplate, EndShiftTemplate, ResumeShiftTemplate, UpdateShiftTemplate};
use crate::auth::By;
use crate::calendar::Weekday;
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, JsonText, Narrow, Record, Tx};
use crate::error::{Code, Error, Result, Text};
use crate::http::{Page, Paging};
use crate::node::Node;
use crate::people::Words;
use crate::schema::shift_templates as templates;
use crate::volunteers::entries::{in_order, plausible};
use crate::volunteers::history::{self, VolunteerChange};
use crate::volunteers::model::VolunteerCategory;
use crate::{acts, find, prepared, read_page, save, text_enum, view_of};

text_enum! {
    /// States of a template.
    pub enum ShiftTemplateStatus {
        Active = "ACTIVE",
        /// It makes no shifts any more; those that it made stay
        Ended = "ENDED",
    }
}

acts! {
    /// Acts on a template of shifts.
    pub enum ShiftTemplateAct on "shift_template" ShiftTemplateStatus {
        Create "create" [CreateShiftTemplate ""] "created" Anyone {}
        Update "update" [UpdateShiftTemplate ""] "updated" Anyone { Active => Active }
        End "end" [EndShiftTemplate ":end"] "ended" Anyone { Active => Ended }
        Resume "resume" [ResumeShiftTemplate ":resume"] "resumed" Anyone { Ended => Active }
    }
}

/// A template of shifts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "週間上午服務臺", "place": "一樓服務臺", "category": "GUIDANCE", "needs": [{"skill": null, "seats": 2}],
    "weekdays": ["MON", "TUE", "WED", "THU", "FRI"], "starts": "08:30:00", "lasts_minutes": 210, "from_on": "2026-12-01"
}))]
pub struct ShiftTemplateInput {
    pub name: Words,
    pub place: Words,
    pub category: VolunteerCategory,
    #[schema(min_items = 1, max_items = 10)]
    pub needs: Vec<ShiftNeed>,
    #[serde(default = "serves")]
    #[schema(default = "VOLUNTEER")]
    pub kind: ShiftKind,
    /// Code from GET /v1/office: its office days count. Without one those of the whole office do.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 20)]
    pub service_point: Option<String>,
    /// On which days of the week a shift is made, where the office is open.
    #[schema(min_items = 1, max_items = 7)]
    pub weekdays: Vec<Weekday>,
    /// `HH:MM:SS`, Asia/Taipei, to the full minute.
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$")]
    pub starts: NaiveTime,
    /// How long a shift takes, in minutes; it may end on the next day.
    #[schema(minimum = 15, maximum = 1440)]
    pub lasts_minutes: i32,
    /// First office day, Asia/Taipei.
    pub from_on: NaiveDate,
    /// Last office day.
    #[serde(default)]
    pub until_on: Option<NaiveDate>,
}

const fn serves() -> ShiftKind {
    ShiftKind::Volunteer
}

/// The minute of the day.
fn minute_of(time: NaiveTime) -> i32 {
    i32::try_from((time - NaiveTime::MIN).num_minutes()).unwrap_or(0)
}

impl ShiftTemplateInput {
    pub fn check(&self) -> Result<()> {
        check_place_and_needs(self.service_point.as_deref(), &self.needs)?;
        if NaiveTime::MIN + Duration::minutes(minute_of(self.starts).into()) != self.starts {
            return Err(Error::field("/starts", "range", Text::new("應為整分時刻", "a time to the full minute")));
        }
        plausible("", "from_on", self.from_on)?;
        in_order("", "until_on", self.from_on, self.until_on)
    }
}

/// A template as kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = templates, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Template {
    pub id: Id,
    pub status: ShiftTemplateStatus,
    pub name: String,
    pub kind: ShiftKind,
    pub category: VolunteerCategory,
    pub service_point: Option<String>,
    pub place: String,
    pub weekdays: JsonText,
    pub starts_minute: i32,
    pub lasts_minutes: i32,
    pub needs: JsonText,
    pub from_on: NaiveDate,
    pub until_on: Option<NaiveDate>,
    pub entered_by: String,
    pub entered_at: Moment,
    pub version: i32,
}

impl Template {
    pub fn new(by: &By, said: &ShiftTemplateInput) -> Result<Self> {
        let mut template = Self {
            id: Id::new(by.now),
            status: ShiftTemplateStatus::Active,
            name: String::new(),
            kind: said.kind,
            category: said.category,
            service_point: None,
            place: String::new(),
            weekdays: JsonText::of(&said.weekdays)?,
            starts_minute: 0,
            lasts_minutes: said.lasts_minutes,
            needs: JsonText::of(&said.needs)?,
            from_on: said.from_on,
            until_on: said.until_on,
            entered_by: by.caller.name(),
            entered_at: by.now,
            version: 1,
        };
        template.put(said)?;
        Ok(template)
    }

    pub fn path(&self) -> String {
        format!("shift-templates/{}", self.id)
    }

    pub fn put(&mut self, said: &ShiftTemplateInput) -> Result<()> {
        said.name.as_str().clone_into(&mut self.name);
        said.place.as_str().clone_into(&mut self.place);
        self.kind = said.kind;
        self.category = said.category;
        self.service_point.clone_from(&said.service_point);
        self.weekdays = JsonText::of(&said.weekdays)?;
        self.needs = JsonText::of(&said.needs)?;
        self.starts_minute = minute_of(said.starts);
        self.lasts_minutes = said.lasts_minutes;
        (self.from_on, self.until_on) = (said.from_on, said.until_on);
        Ok(())
    }

    fn words(&self, text: &str) -> Result<Words> {
        text.parse().map_err(|_| Error::Internal(format!("{} has words that cannot be read", self.path())))
    }

    fn starts(&self) -> NaiveTime {
        NaiveTime::MIN + Duration::minutes(self.starts_minute.into())
    }

    pub fn said(&self) -> Result<ShiftTemplateInput> {
        Ok(ShiftTemplateInput {
            name: self.words(&self.name)?,
            place: self.words(&self.place)?,
            category: self.category,
            needs: self.needs.read()?,
            kind: self.kind,
            service_point: self.service_point.clone(),
            weekdays: self.weekdays.read()?,
            starts: self.starts(),
            lasts_minutes: self.lasts_minutes,
            from_on: self.from_on,
            until_on: self.until_on,
        })
    }

    /// Whether it makes a shift for an office day.
    pub fn is_for(&self, day: NaiveDate) -> Result<bool> {
        let weekdays: Vec<Weekday> = self.weekdays.read()?;
        Ok(self.from_on <= day && self.until_on.is_none_or(|last| day <= last) && weekdays.contains(&Weekday::of(day)))
    }

    /// The shift for an office day.
    pub fn shift_on(&self, day: NaiveDate) -> Result<ShiftInput> {
        let starts_at = Moment::from_taipei(day, self.starts());
        Ok(ShiftInput {
            starts_at,
            ends_at: starts_at + Duration::minutes(self.lasts_minutes.into()),
            place: self.words(&self.place)?,
            category: self.category,
            needs: self.needs.read()?,
            kind: self.kind,
            service_point: self.service_point.clone(),
        })
    }
}

pub fn insert(tx: &mut Tx, template: &Template) -> Result<()> {
    prepared!(&mut **tx, diesel::insert_into(templates::table).values(template), execute)?;
    Ok(())
}

pub fn save(tx: &mut Tx, template: &mut Template) -> Result<()> {
    save!(tx, templates, template)
}

pub fn find(conn: &mut Conn, id: Id) -> Result<Template> {
    let found: Option<Template> = find!(conn, templates::table.find(id).select(Template::as_select()))?;
    found.ok_or(Code::NOT_FOUND.into())
}

/// Those that make shifts.
pub fn active(conn: &mut Conn) -> Result<Vec<Template>> {
    let rows = templates::table.filter(templates::status.eq(ShiftTemplateStatus::Active)).order(templates::id);
    Ok(rows.select(Template::as_select()).load(conn)?)
}

/// Filters of the list of templates.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ShiftTemplateFilter {
    pub status: Option<ShiftTemplateStatus>,
}

/// A page of the templates, the newest first.
pub fn list(conn: &mut Conn, filter: &ShiftTemplateFilter, paging: &Paging) -> Result<Page<Template>> {
    let matching = || -> templates::BoxedQuery<'_, Backend> {
        templates::table.into_boxed().narrow(filter.status, |status| templates::status.eq(status))
    };
    read_page!(conn, paging, matching, templates::id desc, Template)
}

/// A template of shifts as it is shown.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "status": "ACTIVE", "template": {
        "name": "週間上午服務臺", "place": "一樓服務臺", "category": "GUIDANCE", "needs": [{"skill": null, "seats": 2}], "kind": "VOLUNTEER",
        "service_point": null, "weekdays": ["MON"], "starts": "08:30:00", "lasts_minutes": 210, "from_on": "2026-12-01", "until_on": null
    }, "entered_at": "2026-11-23T09:00:00+08:00", "allowed_actions": ["update", "end"]
}))]
pub struct ShiftTemplateView {
    id: Id,
    status: ShiftTemplateStatus,
    template: ShiftTemplateInput,
    entered_at: Moment,
    /// What the caller may do now.
    #[schema(value_type = Vec<ShiftTemplateAct>, max_items = 3)]
    allowed_actions: Vec<&'static str>,
}

/// What the caller may do with a template now.
fn allowed(by: &By, status: ShiftTemplateStatus) -> Vec<&'static str> {
    let acts = ShiftTemplateAct::possible(status).filter(|act| act.line().is_granted(&by.caller));
    acts.map(|act| act.line().name).collect()
}

/// The state after an act, or the refusal that names what the caller may do.
pub fn applied(by: &By, template: &Template, act: ShiftTemplateAct) -> Result<ShiftTemplateStatus> {
    act.after(template.status).ok_or_else(|| Error::wrong_state(&allowed(by, template.status)))
}

pub fn view(by: &By, row: Template) -> Result<ShiftTemplateView> {
    let (template, allowed_actions) = (row.said()?, allowed(by, row.status));
    Ok(view_of!(ShiftTemplateView, row { id, status, entered_at } template, allowed_actions))
}

/// Tells history and journal.
pub fn note(
    tx: &mut Tx,
    node: &Node,
    row: &Template,
    act: ShiftTemplateAct,
    (why, changed): (&str, Vec<VolunteerChange>),
) -> Result<()> {
    history::tell(tx, &node.vault, (&row.path(), act.line().past), why, changed)?;
    let data = json!({"status": row.status, "category": row.category});
    tx.record(Record::change(act.line().journal, row.path(), data).because(why));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_shift_ends_on_the_next_day() {
        let said: ShiftTemplateInput = serde_json::from_value(json!({
            "name": "夜間", "place": "一樓服務臺", "category": "GUIDANCE", "needs": [{"skill": null, "seats": 1}], "weekdays": ["MON"],
            "starts": "22:00:00", "lasts_minutes": 480, "from_on": "2026-12-01"
        }))
        .unwrap();
        assert!(said.check().is_ok());
        let at: Moment = "2026-11-23T09:00:00+08:00".parse().unwrap();
        let mut template = Template {
            id: Id::new(at),
            status: ShiftTemplateStatus::Active,
            name: String::new(),
            kind: said.kind,
            category: said.category,
            service_point: None,
            place: String::new(),
            weekdays: JsonText::of(&said.weekdays).unwrap(),
            starts_minute: 0,
            lasts_minutes: 0,
            needs: JsonText::of(&said.needs).unwrap(),
            from_on: said.from_on,
            until_on: None,
            entered_by: String::new(),
            entered_at: at,
            version: 1,
        };
        template.put(&said).unwrap();
        assert_eq!(template.said().unwrap(), said);
        let monday: NaiveDate = "2026-12-07".parse().unwrap();
        assert!(template.is_for(monday).unwrap() && !template.is_for(monday.succ_opt().unwrap()).unwrap());
        let shift = template.shift_on(monday).unwrap();
        assert_eq!(shift.ends_at, "2026-12-08T06:00:00+08:00".parse::<Moment>().unwrap());
    }
}
