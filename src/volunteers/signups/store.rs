//! Sign-ups in the store, as far as the caller sees them.

use diesel::prelude::*;

use super::model::{SignupFilter, SignupStatus};
use crate::auth::protection::closed_to;
use crate::auth::{By, Reach};
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Narrow, Tx};
use crate::error::{Code, Result};
use crate::http::{Page, Paging};
use crate::node::Node;
use crate::schema::{shifts, signups, volunteers};
use crate::volunteers::hours::model::VolunteerPresence;
use crate::volunteers::shifts::model::ShiftStatus;
use crate::volunteers::shifts::store::{self as shift_store, Shift};
use crate::volunteers::store::{self as volunteer_store, Volunteer};
use crate::{find, prepared, read_page, save};

/// A sign-up as kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = signups, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Signup {
    pub id: Id,
    pub shift_id: Id,
    pub volunteer_id: Id,
    pub status: SignupStatus,
    /// Sits beside a full member, and fills no seat.
    pub as_trainee: bool,
    /// A supervisor has put them there in spite of a rule.
    pub is_forced: bool,
    pub checked_in_at: Option<Moment>,
    pub checked_out_at: Option<Moment>,
    pub presence: Option<VolunteerPresence>,
    pub vouched_by: Option<String>,
    pub closed_by_timer: bool,
    /// When something became of it that they have not done, and are told.
    pub news_at: Option<Moment>,
    pub entered_by: String,
    pub entered_at: Moment,
    pub version: i32,
}

/// What a sign-up is called in the journal.
pub fn path(id: Id) -> String {
    format!("signups/{id}")
}

impl Signup {
    pub fn path(&self) -> String {
        path(self.id)
    }
}

pub fn insert(tx: &mut Tx, signup: &Signup) -> Result<()> {
    prepared!(&mut **tx, diesel::insert_into(signups::table).values(signup), execute)?;
    Ok(())
}

pub fn save(tx: &mut Tx, signup: &mut Signup) -> Result<()> {
    save!(tx, signups, signup)
}

pub fn by_id(conn: &mut Conn, id: Id) -> Result<Option<Signup>> {
    Ok(find!(conn, signups::table.find(id).select(Signup::as_select()))?)
}

/// Whoever a sign-up is of: the record that stands for the one that signed up.
pub fn volunteer_of(conn: &mut Conn, signup: &Signup) -> Result<Volunteer> {
    volunteer_store::standing_for(conn, signup.volunteer_id)?.ok_or(Code::NOT_FOUND.into())
}

/// A sign-up that the caller sees, with its shift and whoever it is of. The shift is found first, by writes and promotions alike, so that
/// one waits for the other there.
pub fn find(conn: &mut Conn, by: &By, id: Id) -> Result<(Signup, Shift, Volunteer)> {
    let shift: Option<Id> = signups::table.find(id).select(signups::shift_id).first(conn).optional()?;
    let shift = shift_store::by_id(conn, shift.ok_or(Code::NOT_FOUND)?)?.ok_or(Code::NOT_FOUND)?;
    let signup = by_id(conn, id)?.ok_or(Code::NOT_FOUND)?;
    let standing = volunteer_of(conn, &signup)?;
    let volunteer = volunteer_store::find(conn, by, standing.id)?;
    Ok((signup, shift, volunteer))
}

/// The sign-ups for a shift in some states, in the order in which they were made.
pub fn of_shift(conn: &mut Conn, shift: Id, states: &[SignupStatus]) -> Result<Vec<Signup>> {
    let rows = signups::table.filter(signups::shift_id.eq(shift)).filter(signups::status.eq_any(states.to_vec()));
    Ok(rows.order(signups::id).select(Signup::as_select()).load(conn)?)
}

/// A sign-up with the times of its shift.
#[derive(Clone, Debug)]
pub struct Duty {
    pub signup: Signup,
    pub starts_at: Moment,
    pub ends_at: Moment,
}

/// The sign-ups of a human in some states for shifts that take place and begin within a stretch, in the order of their beginning.
pub fn duties(
    conn: &mut Conn,
    records: &[Id],
    states: &[SignupStatus],
    (from, to): (Moment, Option<Moment>),
) -> Result<Vec<Duty>> {
    let rows = signups::table
        .inner_join(shifts::table.on(signups::shift_id.eq(shifts::id)))
        .filter(signups::volunteer_id.eq_any(records.to_vec()))
        .filter(signups::status.eq_any(states.to_vec()))
        .filter(shifts::status.eq(ShiftStatus::Planned))
        .filter(shifts::starts_at.ge(from))
        .order((shifts::starts_at, signups::id))
        .select((Signup::as_select(), shifts::starts_at, shifts::ends_at));
    let rows: Vec<(Signup, Moment, Moment)> = rows.load(conn)?;
    let all = rows.into_iter().map(|(signup, starts_at, ends_at)| Duty { signup, starts_at, ends_at });
    Ok(all.filter(|duty| to.is_none_or(|to| duty.starts_at < to)).collect())
}

/// Those who are to come to a shift that begins after a moment and takes place, in the order of the shifts.
pub fn all_coming(conn: &mut Conn, after: Moment, volunteer: Option<Id>) -> Result<Vec<Signup>> {
    let rows = signups::table
        .inner_join(shifts::table.on(signups::shift_id.eq(shifts::id)))
        .filter(signups::status.eq_any(SignupStatus::COMING))
        .filter(shifts::status.eq(ShiftStatus::Planned))
        .filter(shifts::starts_at.gt(after))
        .order((shifts::starts_at, signups::id))
        .select(Signup::as_select());
    let rows: Vec<Signup> = rows.load(conn)?;
    Ok(rows.into_iter().filter(|signup| volunteer.is_none_or(|id| signup.volunteer_id == id)).collect())
}

/// Records as volunteers whose data is closed to the caller.
pub fn closed_volunteers(conn: &mut Conn, by: &By) -> Result<Vec<Id>> {
    let closed = closed_to(conn, by)?;
    let rows = volunteers::table.filter(volunteers::person_id.eq_any(closed)).order(volunteers::id);
    Ok(rows.select(volunteers::id).load(conn)?)
}

/// A page of the sign-ups that match, the newest first.
pub fn list(conn: &mut Conn, by: &By, filter: &SignupFilter, paging: &Paging) -> Result<Page<Signup>> {
    let closed = closed_volunteers(conn, by)?;
    let own = if by.reach == Reach::Own { Some(own_records(conn, by)?) } else { None };
    let matching = || -> signups::BoxedQuery<'_, Backend> {
        let rows = signups::table.filter(signups::volunteer_id.ne_all(closed.clone())).into_boxed();
        rows.narrow(own.clone(), |own| signups::volunteer_id.eq_any(own))
            .narrow(filter.shift_id, |shift| signups::shift_id.eq(shift))
            .narrow(filter.volunteer_id, |volunteer| signups::volunteer_id.eq(volunteer))
            .narrow(filter.status, |status| signups::status.eq(status))
    };
    read_page!(conn, paging, matching, signups::id desc, Signup)
}

/// Every record by which the caller is a volunteer.
pub fn own_records(conn: &mut Conn, by: &By) -> Result<Vec<Id>> {
    let Some(person) = by.caller.person_id() else { return Ok(Vec::new()) };
    let theirs = volunteers::table.filter(volunteers::person_id.eq(person)).order(volunteers::id);
    let mut all: Vec<Id> = theirs.select(volunteers::id).load(conn)?;
    for id in all.clone() {
        all.extend(volunteer_store::merged_into(conn, id)?.into_iter().map(|one| one.id));
    }
    Ok(all)
}

/// The subjects of lines of the audit log that the caller does not see: of volunteers whose data is closed to them.
pub fn unseen(conn: &mut Conn, _: &Node, by: &By) -> Result<Vec<String>> {
    let closed = closed_volunteers(conn, by)?;
    let rows = signups::table.filter(signups::volunteer_id.eq_any(closed)).order(signups::id);
    let rows: Vec<Id> = rows.select(signups::id).load(conn)?;
    Ok(rows.into_iter().map(path).collect())
}
