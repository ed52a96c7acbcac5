//! What residents see and send, through the routes and on a real database.

mod check;
mod declare;
mod diary;
mod gate;
mod pass;
mod record;
mod report;
mod self_test;
mod site;
mod track;
mod venue;
mod walk;
