/**
 * Has a process of the server keep up to 2 MiB that it frees for its next statement. The memory functions of glibc give what is free at the
 * end of the heap back to the system above a bound of 128 KiB, which many a small statement crosses, up and down, each time that it is run;
 * for a join that gives 20 rows that was a seventh of all its time. Once a larger block was freed the bound is twice its size (mallopt(3),
 * `M_TRIM_THRESHOLD` and `M_MMAP_THRESHOLD`). Without glibc nothing changes.
 * Counting characters, or writing them one by one, would take several times as long as all else of a connection's start.
 */
export const KEEP_MEMORY = "select pg_catalog.octet_length(pg_catalog.repeat(pg_catalog.repeat('x', 1024), 1024))";
