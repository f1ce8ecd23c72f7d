// The name of a subaccount that was given none.

/** `SubAccount Created at 2024-01-31 12:34 pm`, in UTC. */
export function subaccountName(nowMs: number): string {
  const [date, time] = new Date(nowMs).toISOString().split("T");
  const hour = Number(time?.slice(0, 2));
  const twelve = String(hour % 12 === 0 ? 12 : hour % 12).padStart(2, "0");
  return `SubAccount Created at ${date} ${twelve}:${time?.slice(3, 5)} ${hour < 12 ? "am" : "pm"}`;
}
