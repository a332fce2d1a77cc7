//! Statements that are parsed once a connection and found again by where they stand: diesel builds the text of an
//! INSERT or UPDATE each time, and through the enum of engines that of every statement three times.

use std::any::TypeId;
use std::marker::PhantomData;

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::connection::Connection;
use diesel::query_builder::{AstPass, Query, QueryBuilder, QueryFragment, QueryId};

/// Runs an INSERT or UPDATE whose text is always the same on the engine's own connection, and keeps it prepared.
#[macro_export]
macro_rules! prepared {
    ($conn:expr, $statement:expr, execute) => {{
        struct Here;
        match &mut *$conn {
            $crate::db::Conn::Sqlite(c) => $crate::db::Prepared::<_, Here>::new($statement, c).execute(c),
            #[cfg(feature = "postgres")]
            $crate::db::Conn::Postgres(c) => {
                $crate::db::Prepared::<_, Here>::new($crate::db::Returning($statement), c).load::<i32>(c).map(|rows| rows.len())
            }
        }
    }};
    ($conn:expr, $statement:expr, $run:ident) => {{
        struct Here;
        $crate::each!($conn, c => $crate::db::Prepared::<_, Here>::new($statement, c).$run(c))
    }};
}

/// A statement that the connection keeps under the name of its place in the program.
pub struct Prepared<Q, Place> {
    statement: Q,
    place: PhantomData<Place>,
}

impl<Q, Place: 'static> Prepared<Q, Place> {
    /// A statement for that connection.
    ///
    /// # Panics
    ///
    /// In a debug build, when the place had another text before.
    pub fn new<C>(statement: Q, _: &C) -> Self
    where
        C: Connection<Backend: Default + 'static>,
        <C::Backend as Backend>::QueryBuilder: Default,
        Q: QueryFragment<C::Backend>,
    {
        if cfg!(debug_assertions) {
            let mut text = <C::Backend as Backend>::QueryBuilder::default();
            statement.to_sql(&mut text, &C::Backend::default()).expect("the statement can be written");
            assert_same((TypeId::of::<Place>(), TypeId::of::<C::Backend>()), text.finish());
        }
        Self { statement, place: PhantomData }
    }
}

fn assert_same(place: (TypeId, TypeId), text: String) {
    use std::collections::HashMap;
    use std::sync::{LazyLock, Mutex, PoisonError};
    static TEXTS: LazyLock<Mutex<HashMap<(TypeId, TypeId), String>>> = LazyLock::new(Mutex::default);
    let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    let first = texts.entry(place).or_insert_with(|| text.clone());
    assert_eq!(*first, text, "a prepared statement has one text");
}

impl<Q, Place, DB: Backend> QueryFragment<DB> for Prepared<Q, Place>
where
    Q: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.statement.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q, Place: 'static> QueryId for Prepared<Q, Place> {
    type QueryId = Place;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<Q: Query, Place> Query for Prepared<Q, Place> {
    type SqlType = Q::SqlType;
}

impl<Q, Place, Conn> diesel::RunQueryDsl<Conn> for Prepared<Q, Place> {}

/// A statement that returns a row for each one that it changed: on PostgreSQL diesel keeps what it loads, and prepares an UPDATE
/// that it only executes each time anew.
#[cfg(feature = "postgres")]
pub struct Returning<Q>(pub Q);

#[cfg(feature = "postgres")]
impl<Q, DB: Backend> QueryFragment<DB> for Returning<Q>
where
    Q: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(pass.reborrow())?;
        pass.push_sql(" RETURNING 1");
        Ok(())
    }
}

#[cfg(feature = "postgres")]
impl<Q> Query for Returning<Q> {
    type SqlType = diesel::sql_types::Integer;
}

/// A command without values.
pub struct Command(pub &'static str);

impl<DB: Backend> QueryFragment<DB> for Command {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        pass.push_sql(self.0);
        Ok(())
    }
}
