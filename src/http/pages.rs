//! Lists by page: an opaque cursor that fits one list and one set of filters, a limit, a total on request.

use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::params::{PAGING, parse};
use super::storable::is_storable;
use crate::error::{Code, Error, Result};

/// One page of a list.
#[derive(Serialize, ToSchema)]
pub struct Page<T> {
    #[schema(max_items = 100)]
    pub items: Vec<T>,
    /// Cursor of the next page; `null` on the last one.
    #[schema(required = true, max_length = 400)]
    pub next: Option<String>,
    /// Number of all items, only with `include_total=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, nullable = false)]
    pub total: Option<i64>,
}

/// Query parameters of every list.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    /// `next` of the page before.
    #[param(min_length = 1, max_length = 400)]
    pub cursor: Option<String>,
    /// Items on the page.
    #[param(minimum = 1, maximum = 100, default = 50)]
    pub limit: Option<u32>,
    /// Whether to count all items, which takes longer.
    #[param(default = false)]
    pub include_total: Option<bool>,
}

/// Query parameters of lists that are worked out for a bounded stretch: whole unless a limit is given.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct BoundedListing {
    /// `next` of the page before.
    #[param(min_length = 1, max_length = 400)]
    pub cursor: Option<String>,
    /// Items on the page; all of them when absent.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<u32>,
    /// Whether to count all items.
    #[param(default = false)]
    pub include_total: Option<bool>,
}

/// Defines the answer of a list that is worked out for a bounded stretch.
#[macro_export]
macro_rules! bounded_list {
    ($(#[$meta:meta])* $vis:vis struct $name:ident of $item:ty, at most $most:tt) => {
        #[derive(serde::Serialize, utoipa::ToSchema)]
        $(#[$meta])*
        $vis struct $name {
            #[schema(max_items = $most)]
            items: Vec<$item>,
            /// Cursor of the next page; `null` on the last one.
            #[schema(required = true, max_length = 400)]
            next: Option<String>,
            /// Number of all items, only with `include_total=true`.
            #[serde(skip_serializing_if = "Option::is_none")]
            #[schema(minimum = 0, nullable = false)]
            total: Option<i64>,
        }

        impl From<$crate::http::Page<$item>> for $name {
            fn from(page: $crate::http::Page<$item>) -> Self {
                Self { items: page.items, next: page.next, total: page.total }
            }
        }
    };
}

/// Where a page starts and how long it is.
#[derive(Clone, Debug)]
pub struct Paging {
    /// Position after which the page starts: the sort key of the last item before it.
    pub after: Option<String>,
    pub limit: usize,
    pub include_total: bool,
    filters: String,
}

/// Cursor, limit and whether to count, as the caller gave them.
type Wanted = (Option<String>, Option<u32>, Option<bool>);

#[derive(Serialize, Deserialize)]
struct Cursor {
    p: String,
    f: String,
}

impl FromRequest for Paging {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request.path(), request.query_string(), |wanted: Listing| {
            (wanted.cursor, wanted.limit, wanted.include_total)
        }))
    }
}

/// The page that is wanted of a list worked out for a bounded stretch.
#[derive(Clone, Debug)]
pub struct Stretch(Paging);

impl FromRequest for Stretch {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let read = |wanted: BoundedListing| (wanted.cursor, wanted.limit.or(Some(u32::MAX)), wanted.include_total);
        ready(Paging::of(request.path(), request.query_string(), read).map(Self))
    }
}

impl Stretch {
    /// Cuts the page out of the list; `position` gives an item's sort key, which rises along the list.
    pub fn page<T>(&self, mut items: Vec<T>, position: impl Fn(&T) -> String) -> Page<T> {
        let total = self.0.include_total.then(|| i64::try_from(items.len()).unwrap_or(i64::MAX));
        if let Some(after) = &self.0.after {
            items.retain(|item| position(item) > *after);
        }
        page_of(&self.0, items, total, position)
    }
}

impl Paging {
    fn of<L: DeserializeOwned + IntoParams + 'static>(path: &str, query: &str, read: fn(L) -> Wanted) -> Result<Self> {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let (paging, mut filters): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(name, _)| PAGING.contains(&name.as_str()));
        filters.sort();
        let filters = serde_json::json!([path, filters]).to_string();
        let filters = URL_SAFE_NO_PAD.encode(&digest(&SHA256, filters.as_bytes()).as_ref()[..9]);
        let paging = form_urlencoded::Serializer::new(String::new()).extend_pairs(paging).finish();
        let (cursor, limit, include_total) = read(parse(&paging, &[])?);
        let after = cursor.map(|text| Self::open(&text, &filters)).transpose()?;
        let limit = usize::try_from(limit.unwrap_or(50)).unwrap_or(50);
        Ok(Self { after, limit, include_total: include_total.unwrap_or(false), filters })
    }

    fn open(text: &str, filters: &str) -> Result<String> {
        let cursor: Option<Cursor> = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        cursor.filter(|c| c.f == filters && is_storable(&c.p)).map(|c| c.p).ok_or_else(|| Code::INVALID_CURSOR.into())
    }

    /// The first page of a list that is read whole, outside any request's own paging.
    pub fn first(limit: usize) -> Self {
        Self { after: None, limit, include_total: false, filters: String::new() }
    }

    /// Where the page starts, in the type of an item's position.
    pub fn after<T, P: FromStr>(&self, _: impl Fn(&T) -> P) -> Result<Option<P>> {
        let after = self.after.as_deref().map(str::parse).transpose();
        after.map_err(|_| Code::INVALID_CURSOR.into())
    }

    /// The running number after which the page starts, in lists whose position is one.
    pub fn after_number(&self) -> i32 {
        self.after.as_deref().and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    /// The number of all items, counted where it is asked for.
    pub fn total<E>(&self, count: impl FnOnce() -> std::result::Result<i64, E>) -> Result<Option<i64>>
    where
        Error: From<E>,
    {
        Ok(self.include_total.then(count).transpose()?)
    }

    /// How many rows to read: one more than the page, to know whether another follows.
    pub fn rows(&self) -> i64 {
        i64::try_from(self.limit).unwrap_or(50) + 1
    }
}

/// Reads a page of a list, as a `Page` of rows: `$rows` makes the filtered query, boxed; the list goes by the column named,
/// `asc` or `desc`, which the row holds under the same name. A macro, since diesel's types of a query fill a page each.
#[macro_export]
macro_rules! read_page {
    ($conn:expr, $paging:expr, $rows:expr, $table:ident::$key:ident asc, $row:ty) => {
        $crate::read_page!($conn, $paging, $rows, $table::$key, asc, gt, $row)
    };
    ($conn:expr, $paging:expr, $rows:expr, $table:ident::$key:ident desc, $row:ty) => {
        $crate::read_page!($conn, $paging, $rows, $table::$key, desc, lt, $row)
    };
    ($conn:expr, $paging:expr, $rows:expr, $table:ident::$key:ident, $order:ident, $beyond:ident, $row:ty) => {{
        use $crate::db::Narrow as _;
        let conn: &mut $crate::db::Conn = &mut *$conn;
        let (paging, rows): (&$crate::http::Paging, _) = ($paging, $rows);
        let position = |row: &$row| row.$key;
        (|| -> $crate::error::Result<$crate::http::Page<$row>> {
            let total = paging.total(|| rows().count().get_result(conn))?;
            let rest = rows().narrow(paging.after(position)?, |after| $table::$key.$beyond(after));
            let found = rest.order($table::$key.$order()).limit(paging.rows()).select(<$row>::as_select()).load(conn)?;
            Ok($crate::http::page_of(paging, found, total, |row| position(row).to_string()))
        })()
    }};
}

impl<T> Page<T> {
    /// The page with each item as it is shown.
    pub fn map<V>(self, show: impl FnMut(T) -> V) -> Page<V> {
        Page { items: self.items.into_iter().map(show).collect(), next: self.next, total: self.total }
    }

    /// As [`Page::map`], where showing may fail.
    pub fn try_map<V>(self, show: impl FnMut(T) -> Result<V>) -> Result<Page<V>> {
        let items = self.items.into_iter().map(show).collect::<Result<_>>()?;
        Ok(Page { items, next: self.next, total: self.total })
    }
}

/// Cuts the rows read to one page; `position` gives an item's sort key.
pub fn page_of<T>(paging: &Paging, mut items: Vec<T>, total: Option<i64>, position: impl Fn(&T) -> String) -> Page<T> {
    let more = items.len() > paging.limit;
    items.truncate(paging.limit);
    let next = items.last().filter(|_| more).map(|last| {
        let cursor = Cursor { p: position(last), f: paging.filters.clone() };
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor).expect("a cursor is two texts"))
    });
    Page { items, next, total }
}
