// What the examples share: the connection, and reading articles.
//
// BROADSHEET_NATS, BROADSHEET_NATS_USER and BROADSHEET_NATS_PASSWORD say where the
// server is and who we are.
import { setTimeout as pause } from 'node:timers/promises'
import { connect as dial, errors } from '@nats-io/transport-node'

export const STREAM = 'ARTICLES'
export const PARSED = 'broadsheet.article.parsed.v1'

export function connect (name) {
  const { BROADSHEET_NATS: servers = 'nats://127.0.0.1:4222', BROADSHEET_NATS_USER: user, BROADSHEET_NATS_PASSWORD: pass } = process.env
  // Answers to a user arrive under a prefix of his own.
  const login = user ? { user, pass, inboxPrefix: `_INBOX_${user}` } : {}
  return dial({ servers, name, waitOnFirstConnect: true, maxReconnectAttempts: -1, reconnectTimeWait: 250, ...login })
}

// answered asks until there is an answer, be it a refusal: an outage may come
// between connecting and subscribing.
export async function answered (ask) {
  for (;;) {
    try {
      return await ask()
    } catch (err) {
      if (![errors.TimeoutError, errors.RequestError, errors.ConnectionError].some(outage => err instanceof outage)) throw err
      await pause(500)
    }
  }
}

export const headline = article => article.headlines.find(h => h.role === 'main')?.value ?? ''
export const body = article => article.bodies?.[0]?.value ?? ''

const quote = field => /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field
export const csvLine = fields => fields.map(f => quote(String(f))).join(',') + '\n'

// parseCSV reads what csvLine wrote.
export function parseCSV (text) {
  const rows = []
  let row = []
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    if (end === '\n') {
      rows.push(row)
      row = []
    }
  }
  return rows
}
