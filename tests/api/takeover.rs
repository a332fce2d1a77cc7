//! Who is whom, in whatever order it is said, typed, proven and taken back: nobody ever sees what is not theirs, and the true
//! person is always served at the counter within three calls. TAKEOVER_ORDERS and TAKEOVER_SEED set size and chance.

use serde_json::{Value, json};

use crate::acts::Dice;
use crate::cases::{act, at, own, papers_of, review, take};
use crate::known::{SECRET, code, paper, prove};
use crate::support::{Answer, TestApp, person};

const STEPS: usize = 14;

fn setting(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

/// Somebody with a login who says that they are one of the two.
struct Account {
    username: String,
    token: String,
    claims: usize,
    /// Whether they say the true name.
    truly: bool,
    proof: Option<String>,
}

/// A case, whose it is, and which account began it.
struct Item {
    id: String,
    human: usize,
    begun_by: Option<usize>,
    is_registered: bool,
}

/// Two humans, whoever says to be one of them, and what came of it.
struct Order<'a> {
    app: &'a TestApp,
    papers: &'a [Value],
    dice: &'a mut Dice,
    /// The first human's number; the other one has the next.
    first: u32,
    accounts: Vec<Account>,
    items: Vec<Item>,
    letters: Vec<(usize, String)>,
    /// Believes whatever an account says of itself, as the office once did.
    credulous: bool,
}

impl Order<'_> {
    fn who(&self, human: usize) -> Value {
        person(self.first + u32::try_from(human).unwrap())
    }

    fn matter(&self, human: usize, name: &str) -> Value {
        let number = self.first + u32::try_from(human).unwrap();
        let mut body = own("OTHER_LAW", number, json!({"kind": "COMMON", "matter": format!("註記{}", self.items.len())}), &[]);
        (body["parties"][0]["name"], body["applicant"]["name"]) = (json!(name), json!(name));
        (body["papers"], body["confirm_not_duplicate"]) = (json!(self.papers), json!(true));
        body
    }

    /// The paper decides: by a clerk, and where an account was proven by the record, by a supervisor.
    fn settle(&self, human: usize, difference: &Value, name: &Value) -> Answer {
        let is_proven = self.accounts.iter().any(|account| account.proof.is_some() && account.claims == human);
        let user = if is_proven { "chief1" } else { "clerk1" };
        let path = format!("/v1/people/{}:settle", difference["person_id"].as_str().unwrap());
        let body = json!({"name": name, "document": {"kind": "ID_CARD", "number": "字第 9 號"}, "reason": "依證件"});
        self.app.post(&path).user(user).if_match(&format!("\"v{}\"", difference["version"])).json(&body).send()
    }

    /// Serves somebody at the counter under a name; how many calls it took, and the case.
    fn served(&mut self, human: usize, name: &str) -> Result<(usize, Value), String> {
        let case = take(self.app, "clerk1", &self.matter(human, name));
        if case.status != 201 {
            return Err(format!("the person is turned away: {}", case.text));
        }
        let case = case.body;
        let id = case["id"].as_str().unwrap().to_owned();
        self.items.push(Item { id, human, begun_by: None, is_registered: false });
        let mut calls = 1;
        if let Some(difference) = case["identity_differences"].as_array().unwrap().first() {
            let settled = self.settle(human, difference, &json!(name));
            calls += 1;
            if settled.status != 200 {
                return Err(format!("the paper settles nothing: {}", settled.text));
            }
        }
        let submitted = act(self.app, "clerk1", &case, ":submit-for-review", &json!({}));
        if submitted.status != 200 {
            return Err(format!("the person is not served: {}", submitted.text));
        }
        Ok((calls + 1, case))
    }

    fn register(&mut self) {
        if self.accounts.len() == 3 {
            return;
        }
        let (claims, truly) = (self.dice.below(2), !self.dice.one_in(3));
        let mut who = self.who(claims);
        if !truly {
            who["name"] = json!("冒名者");
        }
        let username = format!("somebody-{}-{}", self.first, self.accounts.len());
        let body = json!({
            "username": username, "password": SECRET, "name": who["name"], "national_id": who["national_id"], "birth_on": "1990-05-04"
        });
        self.app.post("/v1/auth/register").json(&body).send().expect(201);
        if self.credulous {
            let meant =
                "SELECT p.id FROM people p JOIN people c ON c.claimed_index = p.id_number_index WHERE c.id = accounts.claimed_id";
            self.app.sql(&format!("UPDATE accounts SET person_id = ({meant}) WHERE username = '{username}'"));
        }
        let token = self.log_in(&username, SECRET);
        self.accounts.push(Account { username, token, claims, truly, proof: None });
    }

    fn log_in(&self, username: &str, password: &str) -> String {
        let tokens = self.app.post("/v1/auth/login").json(&json!({"username": username, "password": password})).send();
        tokens.expect(200)["access_token"].as_str().unwrap().to_owned()
    }

    /// An account begins something for itself.
    fn begin(&mut self, account: usize) {
        let Account { claims, truly, token, .. } = &self.accounts[account];
        let mut who = self.who(*claims);
        if !truly {
            who["name"] = json!("冒名者");
        }
        let (mut party, mut applicant) = (who.clone(), who);
        (party["role"], applicant["relation"]) = (json!("SUBJECT"), json!("SELF"));
        let body = json!({
            "type_code": "TRANSCRIPT_ZH", "parties": [party], "applicant": applicant, "confirm_not_duplicate": true,
            "fields": {"kind": "TRANSCRIPT", "scope": "PERSON", "purpose": "就學", "copies": 1}
        });
        let begun = self.app.post("/v1/cases").bearer(token).once().json(&body).send();
        let id = begun.expect(201)["id"].as_str().unwrap().to_owned();
        let human = *claims;
        self.items.push(Item { id, human, begun_by: Some(account), is_registered: false });
    }

    /// One of the two shows an account's code and the own paper.
    fn prove(&mut self, account: usize) -> Result<(), String> {
        if self.accounts[account].proof.is_some() {
            return Ok(());
        }
        let human = self.dice.below(2);
        let shown = paper(&code(self.app, &self.accounts[account].token), &self.who(human));
        let mut answer = prove(self.app, &shown);
        if answer.body["code"] == "identity_unsettled" {
            let name = self.who(human)["name"].clone();
            self.settle(human, &answer.body["differences"][0], &name).expect(200);
            answer = prove(self.app, &shown);
        }
        let fits = self.accounts[account].claims == human && self.accounts[account].truly;
        let taken = self.accounts.iter().any(|one| one.proof.is_some() && one.claims == human);
        let right = match (fits, taken) {
            (true, false) => answer.status == 201,
            (true, true) => answer.body["code"] == "has_account",
            (false, _) => answer.body["code"] == "identity_mismatch",
        };
        if !right {
            return Err(format!("a proof that fits: {fits}, of whom has one: {taken}: {}", answer.text));
        }
        if answer.status == 201 {
            let initial = answer.body["initial_password"].as_str().unwrap().to_owned();
            let old = self.app.get("/v1/me").bearer(&self.accounts[account].token).send();
            if old.status != 401 {
                return Err("whoever prepared the account sees it still".to_owned());
            }
            self.accounts[account].proof = answer.body["id"].as_str().map(str::to_owned);
            self.change_password(account, &initial);
        }
        Ok(())
    }

    fn change_password(&mut self, account: usize, initial: &str) {
        let username = self.accounts[account].username.clone();
        let token = self.log_in(&username, initial);
        let new = format!("Amsel-singt-um-{}", self.dice.number(9_999));
        let change = json!({"current_password": initial, "new_password": new});
        assert_eq!(self.app.post("/v1/auth/password").bearer(&token).json(&change).send().status, 204);
        self.accounts[account].token = self.log_in(&username, &new);
    }

    /// Two supervisors undo a proof; the account goes on as what it says of itself.
    fn undo(&mut self, account: usize) {
        let Some(proof) = self.accounts[account].proof.take() else { return };
        let path = format!("/v1/identity-proofs/{proof}");
        for user in ["chief1", "director1"] {
            let tag = self.app.get(&path).user("chief1").send().etag().to_owned();
            self.app.post(&format!("{path}:undo")).user(user).if_match(&tag).json(&json!({"reason": "誤辦"})).send().expect(200);
        }
        // Whoever has it goes on by nothing that it opened: the account is left as it is.
        self.accounts[account].token.clear();
    }

    /// A clerk notes a letter of one of the two on the paper that they see.
    fn letter(&mut self, human: usize) -> Result<(), String> {
        if self.letters.iter().any(|(of, _)| *of == human) {
            return Ok(());
        }
        let body = json!({
            "proxy_username": "proxy1", "principal": self.who(human), "scope": "CASE", "valid_from": "2026-11-23", "valid_to": "2026-12-31"
        });
        let note = || self.app.post("/v1/letters-of-proxy").user("clerk1").json(&body).send();
        let mut noted = note();
        if noted.status == 409 {
            let name = self.who(human)["name"].clone();
            self.settle(human, &noted.body["differences"][0], &name).expect(200);
            noted = note();
        }
        if noted.status != 201 {
            return Err(format!("the letter is refused: {}", noted.text));
        }
        self.letters.push((human, noted.body["id"].as_str().unwrap().to_owned()));
        Ok(())
    }

    fn revoke_letter(&mut self) {
        if let Some((_, id)) = self.letters.pop() {
            let path = format!("/v1/letters-of-proxy/{id}");
            self.app.post(&format!("{path}:revoke")).user("clerk1").if_match("*").send().expect(200);
        }
    }

    fn revoke_case(&mut self) {
        let Some(item) = self.items.iter_mut().find(|item| item.is_registered) else { return };
        item.is_registered = false;
        let case = json!({"id": item.id});
        act(self.app, "clerk1", &case, ":revoke", &json!({"reason": "誤登", "office_error": true})).expect(200);
        act(self.app, "chief1", &case, ":approve-change", &json!({})).expect(200);
    }

    /// One thing happens.
    fn step(&mut self) -> Result<(), String> {
        let human = self.dice.below(2);
        let account = (!self.accounts.is_empty()).then(|| self.dice.below(self.accounts.len()));
        let account = account.filter(|account| !self.accounts[*account].token.is_empty());
        match (self.dice.below(10), account) {
            (0 | 1, _) => self.register(),
            (2, Some(account)) => self.begin(account),
            (3, _) => {
                let name = self.who(human)["name"].as_str().unwrap().to_owned();
                let (calls, _) = self.served(human, &name)?;
                if calls > 3 {
                    return Err(format!("the person is served in {calls} calls"));
                }
            }
            // A typing error, that nobody finds or that goes through to the register.
            (4, _) => drop(self.served(human, "錯別字")?),
            (5, _) => {
                let (_, case) = self.served(human, "錯別字")?;
                review(self.app, "reviewer1", &case, "PASS").expect(201);
                self.items.last_mut().unwrap().is_registered = true;
            }
            (6, Some(account)) => self.prove(account)?,
            (7, _) => self.letter(human)?,
            (8, Some(account)) if self.dice.one_in(2) => self.undo(account),
            (8, _) => self.revoke_letter(),
            (9, _) => self.revoke_case(),
            _ => {}
        }
        self.check()
    }

    /// Nobody sees what is not theirs; whoever is proven sees all of theirs.
    fn check(&self) -> Result<(), String> {
        let seen = |call: crate::support::Call<'_>| -> Vec<String> {
            let list = call.send().expect(200)["items"].clone();
            list.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
        };
        for (index, account) in self.accounts.iter().enumerate().filter(|(_, account)| !account.token.is_empty()) {
            let list = seen(self.app.get("/v1/cases?limit=100").bearer(&account.token));
            for item in &self.items {
                let is_theirs = account.proof.is_some() && account.claims == item.human;
                let may = item.begun_by == Some(index) || (is_theirs && item.begun_by.is_none());
                let sees = list.contains(&item.id);
                if sees != may && (sees || item.begun_by.is_none()) {
                    return Err(format!("{} sees: {sees}, may: {may}, {}", account.username, item.id));
                }
            }
        }
        let list = seen(self.app.get("/v1/cases?limit=100").user("proxy1"));
        for item in self.items.iter().filter(|item| item.begun_by.is_none()) {
            if list.contains(&item.id) {
                return Err(format!("the proxy sees what they have not brought: {}", item.id));
            }
        }
        Ok(())
    }

    /// Single reads obey the same rule as lists.
    fn close(mut self) -> Result<(), String> {
        for account in self.accounts.iter().filter(|account| !account.token.is_empty() && account.proof.is_none()) {
            for item in self.items.iter().filter(|item| item.begun_by.is_none()) {
                let path = at(&json!({"id": item.id}), "");
                let read = self.app.get(&path).bearer(&account.token).send();
                if read.status != 404 {
                    return Err(format!("{} reads {path}: {}", account.username, read.status));
                }
            }
        }
        while !self.letters.is_empty() {
            self.revoke_letter();
        }
        Ok(())
    }
}

/// Runs as many orders as are asked for, one office for twenty of them; the first fault.
fn run(orders: usize, credulous: bool) -> Result<(), String> {
    let seed = setting("TAKEOVER_SEED", 7);
    for office in 0..orders.div_ceil(20) {
        let app = TestApp::new();
        let papers = papers_of(&app, "OTHER_LAW");
        for order in (office * 20..orders).take(20) {
            let mut dice = Dice::new((seed * 100_003 + order) as u64);
            let first = 100 + 2 * u32::try_from(order % 20).unwrap();
            let (app, papers, dice) = (&app, papers.as_slice(), &mut dice);
            let (accounts, items, letters) = (Vec::new(), Vec::new(), Vec::new());
            let mut run = Order { app, papers, dice, first, accounts, items, letters, credulous };
            let result = (0..STEPS).try_for_each(|_| run.step()).and_then(|()| run.close());
            result.map_err(|fault| format!("order {order}: {fault}"))?;
        }
    }
    Ok(())
}

#[test]
fn nobody_takes_over_anybody_in_whatever_order() {
    run(setting("TAKEOVER_ORDERS", 20), false).unwrap();
}

#[test]
fn an_office_that_believes_what_accounts_say_is_found_out() {
    let fault = run(20, true).unwrap_err();
    assert!(fault.contains("sees: true, may: false") || fault.contains("reads"), "{fault}");
}
