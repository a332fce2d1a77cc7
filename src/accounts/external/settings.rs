//! Settings of the external identity provider, by OpenID Connect; without an issuer there is none.

use super::attempts::ExternalPurpose;
use crate::accounts::proofs::Assurance;
use crate::config::NodeSettings;
use crate::http::refusal_to_call;
use crate::secrets::file::SecretFile;
use crate::settings::{Fault, Values, claim_name, issuer, list, minutes, optional, parsed, plain_text, redirect_uri, word};

const ISSUER: [&str; 2] = [
    "http:// or https:// with a host, exactly as the provider writes it, of at most 200 characters",
    "http:// 或 https:// 加主機名稱，與提供者所稱者完全相同，至多 200 個字元",
];
const CLIENT_ID: [&str; 2] = ["1 to 200 characters", "1 至 200 個字元"];
const SECRET: [&str; 2] = ["1 to 500 characters", "1 至 500 個字元"];
const REDIRECT: [&str; 2] = [
    "an address that begins with https://, with http:// on this machine, or with an app's own scheme such as tw.example.app:/",
    "以 https://、本機之 http:// 或應用程式自有協定（如 tw.example.app:/）開頭的網址",
];
const WORD: [&str; 2] = ["visible ASCII characters without a comma, at most 200", "至多 200 個可見 ASCII 字元，不含逗號"];
const CLAIM: [&str; 2] = ["the name of a claim, of at most 100 characters", "聲明名稱，至多 100 個字元"];

crate::settings! {
    /// External identity provider
    /// 外部身分提供者
    pub struct ExternalSettings, contradictions;

    /// Issuer of the OpenID Connect provider through which people log in and prove who they are.
    /// 供登入及證明身分之 OpenID Connect 提供者的簽發者網址。
    issuer as "external.issuer": Option<String> = None,
        optional(parsed("URL", ISSUER, issuer, Clone::clone), ["none: no external log-in", "無：不提供外部登入"]);

    /// The office's client id at the provider.
    /// 本所於提供者之用戶端代碼。
    client_id as "external.client_id": Option<String> = None,
        optional(parsed("TEXT", CLIENT_ID, |text| plain_text(text, 200), Clone::clone), ["none", "無"]);

    /// The office's client secret at the provider.
    /// 本所於提供者之用戶端密鑰。
    client_secret as "external.client_secret": Option<String> = None, optional(
        parsed("TEXT", SECRET, |text| plain_text(text, 500), Clone::clone),
        ["that of external.client_secret_file", "external.client_secret_file 所存者"]
    ), Secret;

    /// File of the office's client secret at the provider, of mode 0600.
    /// 本所於提供者之用戶端密鑰所存的檔案，權限 0600。
    client_secret_file as "external.client_secret_file": Option<SecretFile> = None,
        optional(parsed("FILE", SecretFile::RULE, SecretFile::read, SecretFile::place), ["none", "無"]);

    /// Addresses of apps to which the provider may send people back.
    /// 提供者得將使用者導回之應用程式網址。
    redirect_uris as "external.redirect_uris": Vec<String> = Vec::new(),
        list(20, parsed("URL", REDIRECT, redirect_uri, Clone::clone));

    /// Scopes that are asked for beside openid.
    /// 除 openid 外另行請求的 scope。
    scopes as "external.scopes": Vec<String> = vec!["profile".to_owned()], list(20, parsed("WORD", WORD, word, Clone::clone));

    /// Values of acr that the provider gives, from the weakest to the strongest; any other is below all.
    /// 提供者之 acr 值，由弱至強；未列者低於所有值。
    acr_values as "external.acr_values": Vec<String> = Vec::new(), list(20, parsed("WORD", WORD, word, Clone::clone));

    /// The weakest acr with which people log in.
    /// 登入所需的最低 acr。
    login_acr as "external.login_acr": Option<String> = None,
        optional(parsed("WORD", WORD, word, Clone::clone), ["the weakest of external.acr_values", "external.acr_values 中最弱者"]);

    /// The weakest acr that proves who somebody is.
    /// 證明身分所需的最低 acr。
    proof_acr as "external.proof_acr": Option<String> = None, optional(
        parsed("WORD", WORD, word, Clone::clone), ["the strongest of external.acr_values", "external.acr_values 中最強者"]
    );

    /// The weakest acr by which a proof is worth HIGH; one below it is worth SUBSTANTIAL.
    /// 證明等級為 HIGH 所需的最低 acr；低於此值者為 SUBSTANTIAL。
    high_acr as "external.high_acr": Option<String> = None,
        optional(parsed("WORD", WORD, word, Clone::clone), ["none: all are worth SUBSTANTIAL", "無：均為 SUBSTANTIAL"]);

    /// The weakest acr by which people apply online for what the law ties to the citizen certificate (戶籍法 §28).
    /// 依法須以自然人憑證線上申辦（戶籍法 §28）者所需的最低 acr。
    apply_acr as "external.apply_acr": Option<String> = None, optional(
        parsed("WORD", WORD, word, Clone::clone), ["the strongest of external.acr_values", "external.acr_values 中最強者"]
    );

    /// Claim of the ID token with the personal number.
    /// ID token 中統一編號的聲明名稱。
    number_claim as "external.number_claim": String = "national_id".to_owned(),
        parsed("NAME", CLAIM, claim_name, Clone::clone);

    /// Claim of the ID token with the name.
    /// ID token 中姓名的聲明名稱。
    name_claim as "external.name_claim": String = "name".to_owned(), parsed("NAME", CLAIM, claim_name, Clone::clone);

    /// Claim of the ID token with the day of birth.
    /// ID token 中出生日期的聲明名稱。
    birth_claim as "external.birth_claim": String = "birthdate".to_owned(), parsed("NAME", CLAIM, claim_name, Clone::clone);

    /// Minutes within which somebody must come back from the provider.
    /// 自提供者返回的時限（分鐘）。
    attempt_minutes as "external.attempt_minutes": i64 = 10, minutes(1..=60);

    /// Minutes for which the provider's addresses and keys are kept in memory.
    /// 提供者之網址及金鑰留存於記憶體的分鐘數。
    kept_minutes as "external.kept_minutes": u64 = 60, minutes(1..=1440);
}

/// The office as a client of the provider.
#[derive(Clone)]
pub struct Client {
    pub issuer: String,
    pub id: String,
    pub secret: String,
}

impl ExternalSettings {
    fn secret(&self) -> Option<&str> {
        self.client_secret.as_deref().or(self.client_secret_file.as_ref().map(SecretFile::secret))
    }

    /// The office as a client, where a provider is set up.
    pub fn client(&self) -> Option<Client> {
        let (issuer, id, secret) = (self.issuer.clone()?, self.client_id.clone()?, self.secret()?.to_owned());
        Some(Client { issuer, id, secret })
    }

    /// Where an `acr` stands in the order; one that is not in it is below all.
    fn rank(&self, acr: &str) -> Option<usize> {
        self.acr_values.iter().position(|known| known == acr)
    }

    /// The weakest `acr` that a purpose asks for.
    fn least(&self, purpose: ExternalPurpose) -> Option<usize> {
        match purpose {
            ExternalPurpose::Login => self.login_acr.as_deref().map_or(Some(0), |acr| self.rank(acr)),
            ExternalPurpose::Prove | ExternalPurpose::Link => self.rank_or_strongest(self.proof_acr.as_deref()),
        }
    }

    fn rank_or_strongest(&self, acr: Option<&str>) -> Option<usize> {
        acr.map_or(self.acr_values.len().checked_sub(1), |acr| self.rank(acr))
    }

    /// Every `acr` that is at least so strong, the strongest first.
    fn enough(&self, least: Option<usize>) -> impl Iterator<Item = &str> {
        self.acr_values.iter().skip(least.unwrap_or(0)).rev().map(String::as_str)
    }

    /// Whether an `acr` that came back is strong enough.
    pub fn reaches(&self, purpose: ExternalPurpose, acr: Option<&str>) -> bool {
        let rank = acr.and_then(|acr| self.rank(acr));
        rank.zip(self.least(purpose)).is_some_and(|(rank, least)| rank >= least)
    }

    /// What is asked for: every `acr` that is strong enough, the strongest first.
    pub fn wanted(&self, purpose: ExternalPurpose) -> String {
        self.enough(self.least(purpose)).collect::<Vec<_>>().join(" ")
    }

    /// By which `acr` people apply online for what the law ties to the citizen certificate, the strongest first; none where no
    /// provider is set up.
    pub fn to_apply(&self) -> Vec<&str> {
        self.enough(self.rank_or_strongest(self.apply_acr.as_deref())).collect()
    }

    /// What a proof with this `acr` is worth.
    pub fn assurance(&self, acr: &str) -> Assurance {
        let high = self.high_acr.as_deref().and_then(|high| self.rank(high));
        let is_high = self.rank(acr).zip(high).is_some_and(|(rank, high)| rank >= high);
        if is_high { Assurance::High } else { Assurance::Substantial }
    }

    /// Names of the settings that say something of a provider, and whether each does.
    fn given(&self) -> [(&'static str, bool); 4] {
        [
            ("external.client_id", self.client_id.is_some()),
            ("external.client_secret", self.secret().is_some()),
            ("external.redirect_uris", !self.redirect_uris.is_empty()),
            ("external.acr_values", !self.acr_values.is_empty()),
        ]
    }
}

fn contradictions(values: &Values) -> Vec<Fault> {
    let (own, node) = (values.of::<ExternalSettings>(), values.of::<NodeSettings>());
    let mut faults = Vec::new();
    for (name, is_given) in own.given() {
        if is_given != own.issuer.is_some() {
            let text = format!("{name} and external.issuer must both be set, or neither");
            faults.push(Fault::between(&["external.issuer", name], text));
        }
    }
    if own.client_secret.is_some() && own.client_secret_file.is_some() {
        let names = ["external.client_secret", "external.client_secret_file"];
        faults.push(Fault::between(&names, "external.client_secret or external.client_secret_file must be set, and not both"));
    }
    let acrs = [
        ("login_acr", &own.login_acr),
        ("proof_acr", &own.proof_acr),
        ("apply_acr", &own.apply_acr),
        ("high_acr", &own.high_acr),
    ];
    for (name, acr) in acrs {
        if acr.as_deref().is_some_and(|acr| own.rank(acr).is_none()) {
            let text = format!("external.{name} must be one of external.acr_values");
            faults.push(Fault::between(&["external.acr_values"], text));
        }
    }
    let twice = own.acr_values.iter().enumerate().any(|(at, acr)| own.acr_values[..at].contains(acr));
    if twice {
        faults.push(Fault::between(&["external.acr_values"], "external.acr_values must name each value once"));
    }
    if own.issuer.as_deref().is_some_and(|url| refusal_to_call(&node.outbound_allow, url).is_some()) {
        let text = "external.issuer must begin with https:// and lie on the open internet, unless outbound_allow names its host";
        faults.push(Fault::between(&["external.issuer", "outbound_allow"], text));
    }
    faults
}
