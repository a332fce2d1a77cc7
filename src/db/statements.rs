//! Cuts a text of SQL into its statements: an engine that spreads its tables takes one statement a call.

/// The statements of a text, in order, without comments before them and without the semicolon after them.
///
/// A semicolon within quotes, a comment or a dollar-quoted body ends nothing. Bodies of triggers written with
/// `BEGIN … END` are not known: no migration that serves two engines has any.
pub fn statements(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with(';') {
            found.push(&text[start..at]);
            at += 1;
            start = at;
        } else {
            at += token(rest);
        }
    }
    found.push(&text[start..]);
    found.into_iter().map(without_leading_comments).filter(|statement| !statement.is_empty()).collect()
}

/// How many bytes belong together at the beginning of a text that is not empty.
fn token(text: &str) -> usize {
    comment(text)
        .or_else(|| quoted(text))
        .or_else(|| dollar_quoted(text))
        .or_else(|| word(text))
        .unwrap_or_else(|| text.chars().next().map_or(1, char::len_utf8))
}

/// The length of a comment that begins here; block comments may stand in each other.
fn comment(text: &str) -> Option<usize> {
    if text.starts_with("--") {
        return Some(text.find('\n').map_or(text.len(), |end| end + 1));
    }
    if !text.starts_with("/*") {
        return None;
    }
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    Some(text.len())
}

/// The length of a string or a quoted name that begins here. A doubled quote inside ends it and begins the next one,
/// which comes to the same.
fn quoted(text: &str) -> Option<usize> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    Some(text[1..].find(quote).map_or(text.len(), |end| end + 2))
}

/// The length of a body between `$tag$` and `$tag$` that begins here.
fn dollar_quoted(text: &str) -> Option<usize> {
    let tag = text.strip_prefix('$')?;
    let end = tag.find('$')?;
    let named = tag[..end].chars().all(|c| c.is_alphanumeric() || c == '_') && !tag.starts_with(|c: char| c.is_ascii_digit());
    let fence = named.then(|| &text[..end + 2])?;
    Some(text[fence.len()..].find(fence).map_or(text.len(), |body| body + 2 * fence.len()))
}

/// The length of a name or number that begins here: a dollar sign within it begins no body.
fn word(text: &str) -> Option<usize> {
    let length = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(text.len());
    (length > 0 && !text.starts_with('$')).then_some(length)
}

fn without_leading_comments(statement: &str) -> &str {
    let mut rest = statement.trim();
    while let Some(length) = comment(rest) {
        rest = rest[length..].trim_start();
    }
    rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn semicolons_in_quotes_comments_and_bodies_end_nothing() {
        let text = "-- first; comment\nCREATE TABLE a (x TEXT DEFAULT 'it''s; so', \"y;z\" TEXT); /* one; /* two; */ */\n\
                    INSERT INTO a VALUES ('--', $$ b; $$, $t$ $$; $t$) -- last;\n; ;\n-- nothing follows";
        assert_eq!(
            statements(text),
            [
                "CREATE TABLE a (x TEXT DEFAULT 'it''s; so', \"y;z\" TEXT)",
                "INSERT INTO a VALUES ('--', $$ b; $$, $t$ $$; $t$) -- last;",
            ]
        );
    }

    #[test]
    fn a_dollar_within_a_name_or_before_a_number_begins_no_body() {
        assert_eq!(statements("SELECT a$b$; SELECT $1; SELECT c$b$"), ["SELECT a$b$", "SELECT $1", "SELECT c$b$"]);
    }

    #[test]
    fn what_is_left_open_lasts_to_the_end() {
        for text in ["SELECT 'a; b", "SELECT \"a; b", "SELECT $$a; b", "SELECT 1 /* ; "] {
            assert_eq!(statements(text), [text.trim()]);
        }
        assert_eq!(statements(" ;; -- nothing; at all\n /* ; */ "), Vec::<&str>::new());
    }

    proptest! {
        #[test]
        fn statements_put_together_come_apart_again(
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "SELECT 1", "SELECT ';'", "SELECT '戶;'';政'", "SELECT \"a;\"", "SELECT /* ; */ 2", "SELECT $x$;$y$;$x$",
                    "SELECT 3 -- ;\n + 4", "SELECT a$1",
                ]),
                0..8,
            ),
            gap in prop::sample::select(vec![";", " ;\n", "; -- and; so\n", ";;/* ; */"]),
        ) {
            let text = parts.join(gap);
            prop_assert_eq!(statements(&text), parts);
        }
    }
}
