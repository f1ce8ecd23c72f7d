// Tells a server that was never reached from one that answered: the first has asked for nothing.

const systemCodes =
  /^(ECONNREFUSED|ETIMEDOUT|ENOTFOUND|EAI_[A-Z]+|ENODATA|ESERVFAIL|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|EACCES|EPERM)\b/;
const tlsCodes = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO|HOSTNAME_MISMATCH)/;
const connectTimeout = /^Connect Timeout Error/;

/** Is this reason of an attempt a connection that never came about? The gateway begins such reasons with the system's code. */
export function isConnectionFailure(reason: string): boolean {
  return systemCodes.test(reason) || tlsCodes.test(reason) || connectTimeout.test(reason);
}
