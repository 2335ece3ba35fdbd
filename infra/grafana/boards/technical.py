"""Uptime, CPU load, memory, disk: the machines, the processes, the database, the backups."""

from dev.services import NAMES
from infra.grafana.panels import GREEN, ORANGE, RED, Board, Query, Row, graph, number

_OURS = f'job=~"{"|".join(NAMES)}"'
_FULL = [(0, GREEN), (0.75, ORANGE), (0.9, RED)]

BOARD = Board(
    name="technical",
    title="Technical",
    what="What runs, for how long, and how full it is.",
    parts=[
        number(
            "Replicas that answer",
            "none",
            "minitwit:replicas_up:count",
            "{{job}}",
            width=8,
            steps=[(0, RED), (1, ORANGE), (2, GREEN)],
            what="By service. One is enough to serve and too few to lose one.",
        ),
        number(
            "Up since (machine)",
            "s",
            "min(minitwit_machine_uptime_seconds)",
            what="The machine that was started last.",
            decimals=1,
        ),
        number(
            "CPU, busiest",
            "percentunit",
            "max(minitwit:machine_cpu:ratio)",
            steps=_FULL,
            decimals=0,
        ),
        number(
            "Memory, fullest",
            "percentunit",
            "max(minitwit:machine_memory:ratio)",
            steps=_FULL,
            decimals=0,
        ),
        number(
            "Disk, fullest",
            "percentunit",
            "1 - min(minitwit:machine_disk_free:ratio)",
            steps=_FULL,
            decimals=0,
        ),
        Row("Machines"),
        graph(
            "CPU in use",
            "percentunit",
            Query("minitwit:machine_cpu:ratio", "{{node}}"),
            most=1,
            steps=[(0, GREEN), (0.9, RED)],
        ),
        graph(
            "Load",
            "short",
            Query("max by (node) (minitwit_machine_load1)", "{{node}}"),
            what="Processes that run or want to. More than there are cores: some wait.",
        ),
        graph(
            "Memory in use",
            "percentunit",
            Query("minitwit:machine_memory:ratio", "{{node}}"),
            most=1,
            steps=[(0, GREEN), (0.9, RED)],
        ),
        graph(
            "Disk in use",
            "percentunit",
            Query("1 - minitwit:machine_disk_free:ratio", "{{node}}"),
            Query(
                "1 - minitwit:machine_disk_free:ratio"
                " - 86400 * deriv(minitwit:machine_disk_free:ratio[6h])",
                "{{node}}, in a day at this pace",
            ),
            most=1,
            steps=[(0, GREEN), (0.9, RED)],
        ),
        Row("Processes"),
        graph(
            "CPU by service",
            "short",
            Query("sum by (job) (rate(process_cpu_seconds_total[$__rate_interval]))", "{{job}}"),
            what="Cores in use, all replicas together.",
            stacked=True,
        ),
        graph(
            "Memory of the largest process",
            "bytes",
            Query(
                f"max by (job) (process_resident_memory_bytes{{{_OURS}}})",
                "{{job}}",
            ),
            what="A container has 512 MiB; the kernel ends what needs more.",
            steps=[(0, GREEN), (512 * 2**20, RED)],
        ),
        graph(
            "Youngest process",
            "s",
            Query(
                f"min by (job) (time() - process_start_time_seconds{{{_OURS}}})",
                "{{job}}",
            ),
            what="A saw's teeth that are no deploys are crashes.",
        ),
        graph(
            "Log lines left out",
            "cpm",
            Query(
                "60 * sum by (job) (rate(minitwit_log_lines_dropped_total[$__rate_interval]))",
                "{{job}}",
            ),
            what="Nobody took them: standard output is stuck, or its disk is full.",
        ),
        Row("Database"),
        graph(
            "Connections",
            "none",
            Query("sum by (state) (pg_stat_activity_count) > 0", "{{state}}"),
            Query("max(pg_settings_max_connections)", "allowed"),
            width=8,
        ),
        graph(
            "Transactions",
            "ops",
            Query("sum(rate(pg_stat_database_xact_commit[$__rate_interval]))", "committed"),
            Query("sum(rate(pg_stat_database_xact_rollback[$__rate_interval]))", "rolled back"),
            width=8,
        ),
        graph(
            "Size",
            "bytes",
            Query('sum by (datname) (pg_database_size_bytes{datname="minitwit"})', "{{datname}}"),
            width=8,
        ),
        graph(
            "Connections that a replica holds",
            "none",
            Query(
                'max by (job) (minitwit_database_pool_connections{state="in_use"})',
                "{{job}}, in use",
            ),
            Query("max by (job) (minitwit_database_pool_size)", "{{job}}, allowed"),
            what="Of the replica that uses most. Requests wait when all are in use.",
        ),
        graph(
            "Requests that found no connection",
            "reqps",
            Query(
                "sum by (job) (rate(minitwit_database_pool_timeouts_total[$__rate_interval]))",
                "{{job}}",
            ),
        ),
        Row("Backups and certificate"),
        number(
            "Newest dump",
            "s",
            "time() - max(minitwit_backup_last_success_timestamp_seconds)",
            steps=[(0, GREEN), (26 * 3600, RED)],
            width=5,
            what="Its age.",
        ),
        number(
            "Last proved restore",
            "s",
            "time() - max(minitwit_backup_last_verified_timestamp_seconds)",
            steps=[(0, GREEN), (50 * 3600, RED)],
            width=5,
        ),
        number(
            "WAL last received",
            "s",
            "time() - max(minitwit_backup_wal_last_received_timestamp_seconds)",
            steps=[(0, GREEN), (900, RED)],
            width=5,
        ),
        number("Size of the dump", "bytes", "max(minitwit_backup_dump_bytes)", width=4),
        number(
            "Certificate ends in",
            "s",
            "min(probe_ssl_earliest_cert_expiry) - time()",
            steps=[(0, RED), (3 * 86400, ORANGE), (21 * 86400, GREEN)],
            width=5,
        ),
    ],
)
