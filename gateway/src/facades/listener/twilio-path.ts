// Where a message is posted by those who were given a base URL and put Twilio's path behind it: the URL may have ended in a
// slash, or have a path of its own that a proxy did not take off.

const posted = /^[^?#]*?\/2010-04-01\/+Accounts\/+([^/?#]+)\/+Messages(\.json)?(?=$|[?#])/;

/** The path as Twilio has it, for a POST of messages; any other URL as it is. */
export function plainTwilioPath(method: string | undefined, url: string): string {
  if (method !== "POST" || !url.includes("/2010-04-01/")) return url;
  return url.replace(posted, "/2010-04-01/Accounts/$1/Messages$2");
}
