//! What residents see and send, through the routes and on a real database.

mod diary;
mod record;
mod report;
mod site;
mod track;
mod walk;
