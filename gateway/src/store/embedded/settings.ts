// The server's settings, given on its command line at every start, so that they follow the version of the code.

/** Durable, and sized for a machine with two cores that the gateway shares. */
export const serverSettings: Readonly<Record<string, string>> = {
  listen_addresses: "",
  port: "5432",
  unix_socket_permissions: "0700",
  max_connections: "50",
  superuser_reserved_connections: "3",

  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  wal_compression: "on",
  wal_level: "minimal",
  max_wal_senders: "0",
  max_wal_size: "2GB",
  min_wal_size: "256MB",
  wal_buffers: "16MB",
  checkpoint_timeout: "15min",
  checkpoint_completion_target: "0.9",

  shared_buffers: "256MB",
  effective_cache_size: "1GB",
  work_mem: "8MB",
  maintenance_work_mem: "128MB",
  jit: "off",
  random_page_cost: "1.1",
  max_worker_processes: "4",
  max_parallel_workers_per_gather: "0",

  // The queue's rows change status several times within seconds: vacuum early, little at a time, without long pauses.
  autovacuum_naptime: "15s",
  autovacuum_vacuum_scale_factor: "0.02",
  autovacuum_vacuum_insert_scale_factor: "0.1",
  autovacuum_analyze_scale_factor: "0.02",
  autovacuum_vacuum_cost_limit: "1000",
  autovacuum_vacuum_cost_delay: "2ms",

  // A query whose gateway has died must not go on holding locks.
  client_connection_check_interval: "1s",
  idle_in_transaction_session_timeout: "60s",
  timezone: "UTC",
  log_timezone: "UTC",
  lc_messages: "C",

  // Failed statements are reported by the gateway; here they could carry message bodies into the log.
  log_min_messages: "log",
  log_min_error_statement: "panic",
  log_error_verbosity: "terse",
  log_line_prefix: "",
  log_checkpoints: "off",
  logging_collector: "off",
};
