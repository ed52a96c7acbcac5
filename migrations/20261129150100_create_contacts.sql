-- Cases that hang together: one infected the other, they were at one outbreak place, they live in one household.
create table clusters (
    tenant_id uuid not null,
    id        uuid not null,
    -- said on the telephone
    code      text not null,
    -- null: its cases stand in several wards
    ward_id   uuid,
    first_on  date not null,
    last_on   date not null,
    cases     integer not null,
    -- the outbreak place at which most of them were
    place_id  uuid,
    primary key (tenant_id, id),
    unique (tenant_id, code),
    foreign key (tenant_id, ward_id) references units (tenant_id, id),
    foreign key (tenant_id, place_id) references places (tenant_id, id)
);
create index clusters_by_time on clusters (tenant_id, last_on desc, cases desc);
select vx_guard('clusters', 'select, insert, update, delete');

alter table cases
    add column infected_by          uuid,
    -- null: nobody is named; false: proposed
    add column infected_sure        boolean,
    add column infected_at_place_id uuid,
    add column cluster_id           uuid,
    -- tracing of this case: the ticket, when somebody began, when all its contacts were reached
    add column trace_ticket_id      uuid,
    add column trace_begun_at       timestamptz,
    add column traced_at            timestamptz,
    add foreign key (tenant_id, infected_by) references cases (tenant_id, id),
    add foreign key (tenant_id, infected_at_place_id) references places (tenant_id, id),
    add foreign key (tenant_id, cluster_id) references clusters (tenant_id, id),
    add foreign key (tenant_id, trace_ticket_id) references tickets (tenant_id, id),
    add check ((infected_by is null) = (infected_sure is null)),
    add check (infected_by is null or infected_by <> id);
create index cases_by_cluster on cases (tenant_id, cluster_id) where cluster_id is not null;
create index cases_infected_by on cases (tenant_id, infected_by) where infected_by is not null;

-- Somebody who was near a case while it could infect him: proposed by the program or listed by a person, then
-- reached and followed.
create table contacts (
    tenant_id      uuid not null,
    id             uuid not null,
    case_id        uuid not null,
    person_id      uuid not null,
    ward_id        uuid not null,
    -- 1: F1, 2: F2
    degree         smallint not null check (degree in (1, 2)),
    basis          text not null check (basis in ('household', 'workplace', 'place', 'named', 'list', 'checkin')),
    place_id       uuid,
    exposed_from   date,
    exposed_to     date not null,
    -- full doses or recovered, as he says
    protected      boolean,
    state          text not null check (state in ('proposed', 'listed', 'reached', 'done', 'refused', 'lost', 'not_a_contact', 'became_case')),
    made_at        timestamptz not null,
    made_by        uuid,
    -- empty while only the program proposes him
    listed_at      timestamptz,
    listed_by      uuid,
    reached_at     timestamptz,
    reached_by     uuid,
    ended_at       timestamptz,
    ended_by       uuid,
    -- why he refuses, is lost or is no contact, sealed
    why            bytea,
    plan_id        uuid,
    became_case_id uuid,
    import_id      uuid,
    primary key (tenant_id, id),
    unique (tenant_id, case_id, person_id),
    foreign key (tenant_id, case_id) references cases (tenant_id, id),
    foreign key (tenant_id, person_id) references people (tenant_id, id),
    foreign key (tenant_id, ward_id) references units (tenant_id, id),
    foreign key (tenant_id, place_id) references places (tenant_id, id),
    foreign key (tenant_id, plan_id) references follow_plans (tenant_id, id),
    foreign key (tenant_id, became_case_id) references cases (tenant_id, id),
    check (exposed_from is null or exposed_from <= exposed_to)
);
create index contacts_by_person on contacts (tenant_id, person_id);
create index contacts_to_reach on contacts (tenant_id, ward_id, listed_at) where state = 'listed';
create index contacts_by_plan on contacts (tenant_id, plan_id) where plan_id is not null;
create index contacts_became on contacts (tenant_id, became_case_id) where became_case_id is not null;
create index contacts_lost on contacts (tenant_id, ended_at) where state = 'lost';
select vx_guard('contacts', 'select, insert, update');
