//! Registration: somebody who says who they are makes an account.

use std::fmt;

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;

use super::choice::{self, Owner};
use super::model::{NewAccount, is_username};
use super::passwords::hashing;
use super::policy::RegisterCitizen;
use super::store;
use super::view::UserView;
use crate::auth::{May, Role};
use crate::calendar::PartialDate;
use crate::characters::numbers::{Kinds, names_a_number};
use crate::db::Id;
use crate::error::{Error, Result, Text};
use crate::http::{Reply, Valid, coded};
use crate::identified;
use crate::node::Node;
use crate::people::facts::{Rank, Word};
use crate::people::store::Named;
use crate::people::{self, Email, Name, Phone, mask_name};
use crate::secrets::password;

/// A password as it is typed: no log shows it.
#[derive(Clone, PartialEq, Deserialize)]
struct Typed(String);

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

identified! {
    /// Somebody who wants an account: known by a number, or by a foreign paper.
    #[schema(example = json!({
        "username": "ming-hua", "password": "Grün-Tee-um-vier", "name": "王明華", "national_id": "A123456789",
        "birth_on": "1990-05-04", "phone": "0912345678"
    }))]
    pub struct Registration as RegistrationBody {
        /// 3 to 40 of a–z, 0–9, hyphen and underscore; no number of a person.
        #[schema(min_length = 3, max_length = 40, pattern = "^[a-z0-9_-]{3,40}$")]
        username: String,
        /// 12 to 128 characters of at least three kinds; none that is soon guessed from the usual lists or from one's own data.
        #[schema(value_type = String, min_length = 12, max_length = 128, format = Password)]
        password: Typed,
        name: Name,
        /// As on the identity card or the passport.
        birth_on: PartialDate,
        phone: Option<Phone>,
        email: Option<Email>,
    }
}

/// Refuses user names outside the form, and numbers of people, which would stand in the open.
pub fn check_username(username: &str) -> Result<()> {
    if names_a_number(username, Kinds::All) {
        return Err(Error::field("/username", "personal_number", coded("personal_number").1));
    }
    if is_username(username) {
        return Ok(());
    }
    let text = Text::new("3 至 40 個 a–z、0–9、- 或 _", "3 to 40 of a–z, 0–9, hyphen and underscore");
    Err(Error::field("/username", "pattern", text))
}

/// Registers a citizen.
///
/// What is said here is not proven: the account is `DECLARED`, sees and does what it begins itself, and is told nothing of
/// the register. Whoever has the number, or says so too, is neither told of it nor hindered. At a counter the owner shows
/// a code (POST /v1/me/identity-code) and an identity card, or without a number the paper that `identified_by` names, and
/// becomes `PROVEN`. The number is checked by its check digit, kept encrypted and never shown whole.
#[utoipa::path(tag = "Identity", operation_id = "register_citizen", request_body = Registration, responses(
    (status = 201, description = "The account is active.", body = UserView),
    (status = 409, description = "`conflict`: the user name is taken; `errors` has `taken` at `/username`: choose another one."),
))]
#[post("/v1/auth/register")]
pub async fn register_citizen(may: May<RegisterCitizen>, node: Data<Node>, Valid(input): Valid<Registration>) -> Result<Reply> {
    node.limits.login(&may.address())?;
    check_username(&input.username)?;
    input.national_id.require_human("")?;
    input.national_id.require_found("")?;
    let today = may.now().date();
    if input.birth_on.earliest() > today || input.birth_on.age_on(today).years > 140 {
        return Err(Error::field("/birth_on", "range", Text::new("出生日期不合理", "the date of birth is not plausible")));
    }
    let mut owner = Owner::new(&input.username, input.name.as_str()).born_on(input.birth_on.presumed());
    owner = input.phone.iter().fold(owner, |owner, phone| owner.with(phone.expose()));
    owner = input.email.iter().fold(owner, |owner, email| owner.with(email.expose()));
    choice::checked("/password", owner, input.password.0.clone()).await?;
    let text = input.password.0.clone();
    let password_hash = hashing(move || password::hash(&text)).await?;
    may.write(move |tx, by| {
        let mut new =
            NewAccount::active(&input.username, &mask_name(input.name.as_str()), &[Role::Citizen], password_hash.clone());
        let id = Id::new(by.now);
        new.id = Some(id);
        let owner = format!("accounts/{id}");
        let word = Word { rank: Rank::Claimed, source: owner.clone(), paper: None, actor: owner.clone(), now: by.now };
        let named = Named { name: input.name.as_str(), number: &input.national_id, birth_on: Some(input.birth_on) };
        new.claimed_id = Some(people::store::claim(tx, &node.vault, &word, &word.actor, named)?);
        let seal = |field: &str, text: &str| node.vault.seal(&store::contact_identity(id, field), text).into_stored();
        new.phone = input.phone.as_ref().map(|phone| seal("phone", phone.expose()));
        new.email = input.email.as_ref().map(|email| seal("email", email.expose()));
        let id = store::create(tx, &new, by.now)?;
        let account = store::find(tx, id)?;
        Reply::created("/v1/me".to_owned(), &UserView::of(tx, &node.vault, &account, &by.caller)?)
    })
    .await
}
