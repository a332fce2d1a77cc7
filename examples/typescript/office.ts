// What the walks share: calls with the contract's own types, log-in, and versions from answer to answer.
import { randomUUID } from "node:crypto";
import type { components } from "./contract.js";

export type Schemas = components["schemas"];

export const base = process.env["BASE_URL"] ?? "http://127.0.0.1:8080";

/** A refusal: the office's problem document. */
export class Refused extends Error {
  constructor(readonly problem: Schemas["Problem"]) {
    const fields = problem.errors?.map((error) => `${error.pointer} ${error.code}`).join(", ") ?? "";
    super(`${problem.status} ${problem.code}: ${problem.detail} ${fields}`);
  }
}

/** An answer with the version that the next change must name. */
export interface Answer<T> {
  readonly body: T;
  readonly headers: Headers;
  readonly version: string;
}

export async function call<T>(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: unknown,
): Promise<Answer<T>> {
  const json = body === undefined ? {} : { "Content-Type": "application/json" };
  const answer = await fetch(base + path, {
    method,
    headers: { "Accept-Language": "en", ...json, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Refused(JSON.parse(text) as Schemas["Problem"]);
  const isJson = answer.headers.get("Content-Type")?.startsWith("application/json") ?? false;
  return { body: (isJson ? JSON.parse(text) : text) as T, headers: answer.headers, version: answer.headers.get("ETag") ?? "" };
}

/** Somebody who is logged in. */
export class Member {
  private constructor(private readonly authorization: Record<string, string>) {}

  static async login(username: string): Promise<Member> {
    const credentials: Schemas["Credentials"] = { username, password: process.env["PASSWORD"] ?? "" };
    const { body } = await call<Schemas["Tokens"]>("POST", "/v1/auth/login", {}, credentials);
    return new Member({ Authorization: `Bearer ${body.access_token}` });
  }

  get<T>(path: string): Promise<Answer<T>> {
    return call("GET", path, this.authorization);
  }

  /** Creates; the key makes a repeat after a lost answer harmless. */
  create<T>(path: string, body: unknown, key: string = randomUUID()): Promise<Answer<T>> {
    return call("POST", path, { ...this.authorization, "Idempotency-Key": key }, body);
  }

  /** Acts on the version that was read. */
  act<T>(method: "POST" | "PATCH" | "PUT", path: string, version: string, body?: unknown): Promise<Answer<T>> {
    return call(method, path, { ...this.authorization, "If-Match": version }, body);
  }
}

/** An invented person; the number passes the check. */
export function person(serial: number, sex: "MALE" | "FEMALE"): { name: string; national_id: string } {
  const digits = `${sex === "MALE" ? 1 : 2}${String(Math.trunc(serial) % 10_000_000).padStart(7, "0")}`;
  // N stands for 22; the weights are 1 9 8 7 6 5 4 3 2 1, and the check digit makes the sum a multiple of ten.
  const sum = 2 + 2 * 9 + [...digits].reduce((total, digit, place) => total + Number(digit) * (8 - place), 0);
  return { name: sex === "MALE" ? "王大明" : "林小美", national_id: `N${digits}${(10 - (sum % 10)) % 10}` };
}

/** Runs a walk; a refusal is told in the office's own words. */
export function walk(main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
