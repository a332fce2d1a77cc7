//! `May<Action>`: a caller whose token, role, scope and allowance fit one operation; made nowhere else.

use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use super::caller::By;
use super::mandates::Mandates;
use super::policy::{Action, Line, Reach, Role};
use super::standing::standing;
use crate::clock::Moment;
use crate::db::{Conn, Id, Mode, Origin, Record, Tx};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::http::{
    Asked, BodyDigest, ClientAddress, HeadOnly, Reply, Retry, Trace, done_before, known_only, missing_header, once,
};
use crate::node::Node;
use crate::secrets::tokens::{Claims, TokenError};

/// The permission to call one operation.
pub struct May<A> {
    node: Data<Node>,
    request: HttpRequest,
    claims: Option<Arc<Claims>>,
    reach: Reach,
    now: Moment,
    action: PhantomData<A>,
}

impl<A: Action> May<A> {
    pub fn node(&self) -> &Data<Node> {
        &self.node
    }

    pub fn now(&self) -> Moment {
        self.now
    }

    /// The network address of the caller, for the journal and the limits.
    pub fn address(&self) -> String {
        self.client().to_string()
    }

    /// Where the caller is.
    pub fn client(&self) -> ClientAddress {
        ClientAddress::of_request(&self.request)
    }

    /// The claims of the token, if the caller sent one.
    pub fn claims(&self) -> Option<&Claims> {
        self.claims.as_deref()
    }

    /// Notes which account somebody says is theirs, for the log of those who are turned away.
    pub fn note_named(&self, account: Id) {
        if let Some(asked) = self.request.extensions_mut().get_mut::<Asked>() {
            asked.named = Some(format!("users/{account}"));
        }
    }

    /// Who acts, for the journal.
    pub fn origin(&self) -> Origin {
        let claims = self.claims.as_deref();
        Origin {
            operation: A::LINE.operation,
            actor: claims.map_or_else(|| "anonymous".to_owned(), Claims::actor),
            client: claims.map(|c| c.client_id.clone()).unwrap_or_default(),
            address: self.address(),
            trace_id: self.request.extensions().get::<Trace>().map(|t| t.id.clone()).unwrap_or_default(),
            at: self.now,
        }
    }

    /// Makes the caller out of what the store says of them now; whoever may not act any more is refused.
    fn stand(&self) -> impl Fn(&mut Conn) -> Result<By> + Send + 'static {
        let (claims, reach, now) = (self.claims.clone(), self.reach, self.now);
        move |conn| Ok(By { caller: standing(conn, claims.as_deref(), A::LINE, now)?, reach, now })
    }

    /// Reads for the caller, on one state of the store, in which the caller still stands.
    pub async fn read<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn, &By) -> Result<T> + Send + 'static,
    {
        let stand = self.stand();
        self.node.db.read(move |conn| stand(conn).and_then(|by| f(conn, &by))).await
    }

    /// Reads what is the same for everyone; the same question in the same second is answered from memory as
    /// long as nothing was written.
    pub async fn read_for_all<F>(&self, f: F) -> Result<Reply>
    where
        F: FnOnce(&mut Conn, &By) -> Result<Reply> + Send + 'static,
    {
        // Counted before reading: a write in between makes the answer one that is never recalled.
        let Some(commits) = self.node.db.commits() else { return self.read(f).await };
        let (question, second) = (self.request.uri().to_string(), self.now.timestamp());
        if let Some(reply) = self.node.memory.recall(&question, commits, second) {
            return Ok(reply);
        }
        let reply = self.read(f).await?.tagged();
        self.node.memory.remember(question, commits, second, &reply);
        Ok(reply)
    }

    /// Acts for the caller in one transaction, in which the caller still stands; honours a retry, and refuses a request
    /// without a key where the policy asks for one. What had an effect is kept under the key, a refusal too, which
    /// `f` gives as [`Reply::refused`]; an error undoes all, and is judged anew.
    pub async fn write<F>(&self, f: F) -> Result<Reply>
    where
        F: Fn(&mut Tx, &By) -> Result<Reply> + Send + 'static,
    {
        self.write_seen(|_, _| Ok(String::new()), f).await
    }

    /// As [`May::write`], of what callers see more or less of: `seen` tells how, and the answer is given again to whoever sees as much as
    /// when it was given, no less.
    pub async fn write_seen<S, F>(&self, seen: S, f: F) -> Result<Reply>
    where
        S: Fn(&mut Conn, &By) -> Result<String> + Send + 'static,
        F: Fn(&mut Tx, &By) -> Result<Reply> + Send + 'static,
    {
        if self.is_head_only() {
            return self.rehearse(f).await;
        }
        let (retry, vault, node) = (self.retry()?, Arc::clone(&self.node.vault), self.node.clone());
        let done = self.transact(move |tx, by| match (by, &retry) {
            (Ok(by), Some(retry)) => {
                let standing = standing_of(tx, &node, &by)?;
                once(tx, &vault, retry, &standing, |tx| seen(tx, &by), |tx| f(tx, &by))
            }
            (Ok(by), None) => f(tx, &by),
            (Err(refused), Some(retry)) => done_before(tx, &vault, retry)?.ok_or(refused),
            (Err(refused), None) => Err(refused),
        });
        self.noted(done.await).await
    }

    /// Tells the audit log of a refusal that is to be kept, once all else that the request did is undone.
    async fn noted<T>(&self, done: Result<T>) -> Result<T> {
        let noted = match &done {
            Err(Error::Problem(problem)) => problem.noted.clone(),
            _ => None,
        };
        if let Some(noted) = noted {
            let person: Option<Id> = noted.person.parse().ok();
            let write = move |tx: &mut Tx| {
                let line = Record::read(noted.action, noted.subject.clone(), "");
                tx.record(person.map_or(line.clone(), |person| line.about(person)));
                Ok(())
            };
            self.node.db.write(self.origin(), Mode::Shared, write).await?;
        }
        done
    }

    /// Does what must not be joined to whoever asks for it: the caller must be one who may, and is not told to `f`; the
    /// transaction is nobody's and no request's, and no answer to it is kept.
    pub async fn write_untraced<F>(&self, f: F) -> Result<Reply>
    where
        F: Fn(&mut Tx) -> Result<Reply> + Send + 'static,
    {
        let origin = Origin {
            operation: A::LINE.operation,
            actor: "anonymous".to_owned(),
            client: String::new(),
            address: String::new(),
            trace_id: String::new(),
            at: self.now,
        };
        self.transact_as(origin, move |tx, by| by.and_then(|_| f(tx))).await
    }

    /// Runs `f` in one transaction of this operation, with the caller or why they may not act any more.
    async fn transact<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx, Result<By>) -> Result<T> + Send + 'static,
    {
        self.transact_as(self.origin(), f).await
    }

    /// As [`May::transact`], by another name. Refused where nobody can tell the time: what is done is dated.
    async fn transact_as<T, F>(&self, origin: Origin, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx, Result<By>) -> Result<T> + Send + 'static,
    {
        if self.node.clock.is_lost() {
            let (zh, en) = (
                "系統時鐘較資料庫所存最新時刻超前數日，尚未採信，暫不受理；請管理人員校正時鐘，或確認無誤後以 clock_trust_minutes = 0 啟動一次",
                "the system's clock is days past all that the database holds and not trusted yet, so nothing is done: have it set right, \
                 or where it is right, start once with clock_trust_minutes = 0",
            );
            return Err(Problem::new(Code::STORE_UNAVAILABLE).detail(zh, en).into());
        }
        let stand = self.stand();
        self.node
            .db
            .write(origin, A::LINE.mode, move |tx| {
                let by = stand(tx);
                f(tx, by)
            })
            .await
    }

    /// The answer to this very request, where it was done before and had nothing to tell: for acts that end the caller's
    /// own log-in, and look at the caller before they write.
    pub async fn done_before(&self) -> Result<Option<Reply>> {
        let Some(retry) = self.retry()? else { return Ok(None) };
        let vault = Arc::clone(&self.node.vault);
        self.node.db.read(move |conn| done_before(conn, &vault, &retry)).await
    }

    /// Whether the caller asks with HEAD, which runs the handler of GET and must change nothing.
    fn is_head_only(&self) -> bool {
        self.request.extensions().contains::<HeadOnly>()
    }

    /// What `f` would give; all that it did is undone.
    async fn rehearse<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx, &By) -> Result<T> + Send + 'static,
    {
        let given = Arc::new(Mutex::new(None));
        let seen = Arc::clone(&given);
        let undone: Result<T> = self
            .transact(move |tx, by| {
                let value = f(tx, &by?)?;
                *seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
                // Only an error undoes; this one is told to nobody, since there is a value.
                Err(Code::CONFLICT.into())
            })
            .await;
        let given = given.lock().unwrap_or_else(PoisonError::into_inner).take();
        given.map_or(undone, Ok)
    }

    /// Does something beside the answer, such as logging what is read, each time anew: what a retry must not do again is
    /// done by `write`.
    pub async fn write_beside<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx, &By) -> Result<T> + Send + 'static,
    {
        if self.is_head_only() {
            return self.rehearse(f).await;
        }
        let done = self.transact(move |tx, by| f(tx, &by?)).await;
        self.noted(done).await
    }

    fn retry(&self) -> Result<Option<Retry>> {
        if A::LINE.anew || self.request.method() != Method::POST {
            return Ok(None);
        }
        let mut keys = self.request.headers().get_all(IDEMPOTENCY_KEY);
        let Some(key) = keys.next() else {
            return if A::LINE.needs_key { Err(missing_header("Idempotency-Key")) } else { Ok(None) };
        };
        let is_key = |key: &&str| (1..=200).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
        let key = key.to_str().ok().filter(is_key).filter(|_| keys.next().is_none()).ok_or_else(|| {
            Error::from(Problem::new(Code::MALFORMED).field(
                "#Idempotency-Key",
                "length",
                Text::new("須為一個 1 至 200 個可見 ASCII 字元的值", "one value of 1 to 200 visible ASCII characters"),
            ))
        })?;
        let digest = self.request.extensions().get::<BodyDigest>().map(|d| d.0.clone());
        let digest = digest.unwrap_or_else(|| BodyDigest::of(&self.request, b"").0);
        // Keyed, since a body may hold a password.
        let request = self.node.vault.blind_index("request", &digest);
        let caller = self.claims.as_deref().map_or_else(|| "anonymous".to_owned(), Claims::actor);
        Ok(Some(Retry { caller, key: key.to_owned(), request }))
    }
}

/// Under what a caller stands: an answer that was given under another is not theirs any more.
fn standing_of(conn: &mut Conn, node: &Node, by: &By) -> Result<String> {
    let standing = by.standing(conn)?;
    let lost = node.part_if_given::<Mandates>().map_or(Ok(Vec::new()), |mandates| mandates.ended(conn, node, by))?;
    Ok(if lost.is_empty() { standing } else { format!("{standing} {lost:?}") })
}

const IDEMPOTENCY_KEY: &str = "idempotency-key";

impl<A: Action> FromRequest for May<A> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(permit(request, A::LINE).map(|(node, claims, reach, now)| Self {
            node,
            request: request.clone(),
            claims,
            reach,
            now,
            action: PhantomData,
        }))
    }
}

type Permit = (Data<Node>, Option<Arc<Claims>>, Reach, Moment);

fn permit(request: &HttpRequest, line: &Line) -> Result<Permit> {
    let node = request.app_data::<Data<Node>>().expect("the application is built with its node").clone();
    let now = node.clock.now();
    let claims = bearer(request).map(|token| node.keys.verify(token, &node.config.issuer(), now));
    request.extensions_mut().insert(Asked {
        operation: line.operation,
        actor: claims.iter().flatten().next().map_or_else(|| "anonymous".to_owned(), |claims| claims.actor()),
        client: claims.iter().flatten().next().map_or_else(String::new, |claims| claims.client_id.clone()),
        named: None,
        // Where nobody must sign in, a token that has grown old is nothing to speak of.
        bad_token: claims
            .as_ref()
            .and_then(|claims| claims.as_ref().err())
            .filter(|error| !(line.is_public() && **error == TokenError::Claim("exp")))
            .map(ToString::to_string),
        untraced: line.untraced,
    });
    if line.is_public() {
        // A stale token must not keep anyone from what everyone may do, such as logging in.
        let claims = claims.and_then(Result::ok);
        if !line.uncounted {
            allow(&node, request, claims.as_deref())?;
        }
        known_only(request.query_string(), node.contract.routes.parameters(line.operation))?;
        return Ok((node, claims, Reach::Own, now));
    }
    let claims = match claims {
        Some(Ok(claims)) => claims,
        Some(Err(_)) => {
            allow(&node, request, None)?;
            return Err(Problem::invalid_token().into());
        }
        None => {
            allow(&node, request, None)?;
            return Err(Code::UNAUTHENTICATED.into());
        }
    };
    allow(&node, request, Some(&claims))?;
    let roles: Vec<Role> = claims.roles.iter().filter_map(|role| role.parse().ok()).collect();
    let reach = line.reach(&roles).ok_or_else(|| forbidden(&roles))?;
    if !claims.scope.split(' ').any(|scope| scope == line.scope) {
        return Err(Problem::new(Code::INSUFFICIENT_SCOPE).with("scope", line.scope).into());
    }
    known_only(request.query_string(), node.contract.routes.parameters(line.operation))?;
    Ok((node, Some(claims), reach, now))
}

/// Whose role may not; who has none, such as a client without scopes, learns where one comes from.
fn forbidden(roles: &[Role]) -> Error {
    let problem = Problem::new(Code::FORBIDDEN);
    let (zh, en) = (
        "此權杖不具任何角色；用戶端之角色，視其獲准之 scope 與機關而定",
        "this token has no role: a client has one by the scopes and the agency that were approved for it",
    );
    if roles.is_empty() { problem.detail(zh, en).into() } else { problem.into() }
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    let mut values = request.headers().get_all(AUTHORIZATION);
    let value = values.next().filter(|_| values.next().is_none())?;
    let (kind, token) = value.to_str().ok()?.split_once(' ')?;
    kind.eq_ignore_ascii_case("bearer").then_some(token)
}

fn allow(node: &Node, request: &HttpRequest, claims: Option<&Claims>) -> Result<()> {
    let caller = claims.map_or_else(|| ClientAddress::of_request(request).to_string(), Claims::actor);
    if let Some(allowance) = node.limits.general(&caller)? {
        request.extensions_mut().insert(allowance);
    }
    Ok(())
}
