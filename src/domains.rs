//! The domains of the office, from the lowest up: the only place that names them all. The contract's chapters and
//! the policy keep this order.

use crate::domain::Domains;
use crate::{
    accounts, agencies, audit, calls, cases, certificates, consultations, digests, exchange, improvements, inquiries, mail,
    office, office_days, outgoing_letters, people, petitions, print, quality, retention, scheduling, surveys, uploads,
    volunteers,
};

/// Every domain.
pub static ALL: Domains = Domains(&[
    &office::DOMAIN,
    &accounts::DOMAIN,
    &accounts::external::DOMAIN,
    &people::DOMAIN,
    &mail::DOMAIN,
    &uploads::DOMAIN,
    &print::DOMAIN,
    &outgoing_letters::DOMAIN,
    &retention::DOMAIN,
    &petitions::DOMAIN,
    &petitions::publications::DOMAIN,
    &inquiries::knowledge::DOMAIN,
    &inquiries::DOMAIN,
    &improvements::on_site::DOMAIN,
    &improvements::DOMAIN,
    &office_days::DOMAIN,
    &scheduling::DOMAIN,
    &consultations::DOMAIN,
    &cases::DOMAIN,
    &certificates::DOMAIN,
    &calls::DOMAIN,
    &quality::DOMAIN,
    &surveys::DOMAIN,
    &volunteers::DOMAIN,
    &volunteers::recruitment::DOMAIN,
    &volunteers::partners::DOMAIN,
    &volunteers::shifts::DOMAIN,
    &volunteers::signups::DOMAIN,
    &volunteers::attendance::DOMAIN,
    &volunteers::hours::DOMAIN,
    &volunteers::honours::DOMAIN,
    &digests::DOMAIN,
    &agencies::DOMAIN,
    &exchange::DOMAIN,
    &audit::DOMAIN,
]);
