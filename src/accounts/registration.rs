//! Registration: a citizen who is who they say makes an account.

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;

use super::model::{NewAccount, UserView, check_password, is_username};
use super::passwords::hashing;
use super::policy::RegisterCitizen;
use super::problems::IDENTITY_NOT_PROVEN;
use super::store;
use crate::auth::{May, Role};
use crate::calendar::PartialDate;
use crate::error::{Error, Result, Text};
use crate::http::{Reply, Valid};
use crate::node::Node;
use crate::people::{self, Email, IdNumber, Name, Phone, mask_name};
use crate::secrets::password;

/// A citizen who wants an account.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "username": "ming-hua", "password": "Grün-Tee-um-vier", "name": "王明華", "national_id": "A123456789",
    "birth_on": "1990-05-04", "phone": "0912345678"
}))]
pub struct Registration {
    /// 3 to 40 of a–z, 0–9, hyphen and underscore.
    #[schema(min_length = 3, max_length = 40, pattern = "^[a-z0-9_-]{3,40}$")]
    username: String,
    /// 12 to 128 characters of at least three kinds.
    #[schema(min_length = 12, max_length = 128, format = Password)]
    password: String,
    name: Name,
    national_id: IdNumber,
    /// As on the identity card.
    birth_on: PartialDate,
    phone: Option<Phone>,
    email: Option<Email>,
}

/// Refuses user names outside the form.
pub fn check_username(username: &str) -> Result<()> {
    if is_username(username) {
        return Ok(());
    }
    let text = Text::new("3 至 40 個 a–z、0–9、- 或 _", "3 to 40 of a–z, 0–9, hyphen and underscore");
    Err(Error::field("/username", "pattern", text))
}

/// Registers a citizen.
///
/// One account a person. A person whom the register knows must be named as there, with the day of birth; else
/// the office asks to see them at the counter. The number is checked by its check digit, kept encrypted and never
/// shown whole.
#[utoipa::path(tag = "Identity", operation_id = "register_citizen", request_body = Registration, responses(
    (status = 201, description = "The account is active.", body = UserView),
    (status = 409, description = "`conflict`: the user name or the person has an account; `identity_not_proven`: the data do not fit the register."),
))]
#[post("/v1/auth/register")]
pub async fn register_citizen(may: May<RegisterCitizen>, node: Data<Node>, Valid(input): Valid<Registration>) -> Result<Reply> {
    node.limits.login(&may.address())?;
    check_username(&input.username)?;
    check_password("/password", &input.username, &input.password)?;
    let today = may.now().date();
    if input.birth_on.earliest() > today || input.birth_on.age_on(today).years > 140 {
        return Err(Error::field("/birth_on", "range", Text::new("出生日期不合理", "the date of birth is not plausible")));
    }
    let text = input.password.clone();
    let password_hash = hashing(move || password::hash(&text)).await?;
    may.write(move |tx, by| {
        let (name, number) = (input.name.as_str(), &input.national_id);
        let person = people::store::prove_or_create(tx, &node.vault, name, number, input.birth_on, by.now)?;
        let person = person.ok_or(IDENTITY_NOT_PROVEN)?;
        let mut new = NewAccount::active(&input.username, &mask_name(name), &[Role::Citizen], password_hash.clone());
        new.person_id = Some(person);
        let seal = |field: &str, text: &str| node.vault.seal(&format!("accounts/{person}/{field}"), text).into_stored();
        new.phone = input.phone.as_ref().map(|phone| seal("phone", phone.expose()));
        new.email = input.email.as_ref().map(|email| seal("email", email.expose()));
        let id = store::create(tx, &new, by.now)?;
        let account = store::find(tx, id)?;
        Reply::created("/v1/me".to_owned(), &UserView::of(&account, &by.caller))
    })
    .await
}
