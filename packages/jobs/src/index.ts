// Turns outbox rows and schedules into jobs that run at least once, on Redis or PostgreSQL.
export {};
