//! The server's side of HTTP/1.1: connections with patience, under the application.

use std::future::ready;
use std::io;
use std::net::TcpListener;
use std::time::Duration;

use actix_http::HttpService;
use actix_server::ServerBuilder;
use actix_service::{IntoServiceFactory, ServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, ServiceRequest, ServiceResponse};
use actix_web::rt::net::TcpStream;
use actix_web::{App, Error};

use super::connection::Patient;
use super::invited;

/// How long an idle connection is kept: longer than proxies keep theirs, so that none of them meets a closed one.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// How long a connection that ends is still listened to, so that the last answer gets through.
const FAREWELL: Duration = Duration::from_secs(1);

/// Serves the application that `app` makes, once a worker, on the listener; a request's head has `patience` to come.
pub fn serve_on<F, A, B>(builder: ServerBuilder, listener: TcpListener, patience: Duration, app: F) -> io::Result<ServerBuilder>
where
    F: Fn() -> App<A> + Clone + Send + 'static,
    A: ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<B>, Error = Error, InitError = ()> + 'static,
    B: MessageBody + 'static,
{
    let stopping = builder.graceful_shutdown_signal();
    let address = listener.local_addr()?;
    builder.listen("huzheng", listener, move || {
        let stopping = stopping.clone();
        let service = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .keep_alive(KEEP_ALIVE)
            .client_request_timeout(patience)
            .client_disconnect_timeout(FAREWELL)
            .local_addr(address)
            .expect(fn_service(|request| ready(invited(request))))
            .on_connect_ext(|line: &Patient, requests| line.introduce(requests));
        let app = app().into_factory().map_err(|error: Error| error.error_response());
        let service = service.h1(map_config(app, |()| AppConfig::default()));
        let patient = move |stream: TcpStream| {
            let peer = stream.peer_addr().ok();
            ready(Ok((Patient::new(stream, patience), peer)))
        };
        fn_service(patient).and_then(service)
    })
}
