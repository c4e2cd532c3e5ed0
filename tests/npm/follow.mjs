// The published JavaScript SDK against the mock whose origin is the first argument; throws where anything is off.
import assert from 'node:assert/strict';
import Whop, { AuthenticationError, NotFoundError } from '@whop/sdk';

const [origin] = process.argv.slice(2);
const options = { baseURL: `${origin}/api/v1`, maxRetries: 0 };
const client = new Whop({ apiKey: 'token', ...options });
const order = { account_id: 'biz_js', column_mapping: { email: 'Email' }, file_id: 'file_never_uploaded' };

const advance = (by) =>
  fetch(`${origin}/__mock__/clock/advance`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ by }),
  });

async function only(id) {
  const found = [];
  for await (const audience of client.audiences.list({ account_id: 'biz_js', audience_id: id })) found.push(audience);
  assert.equal(found.length, 1);
  return found[0];
}

// Followed to its end.
const made = await client.audiences.create({ name: 'spring', ...order });
assert.equal(made.status, 'pending');
const seen = [made.status];
let audience = made;
for (let step = 0; step < 40; step += 1) {
  await advance('500ms');
  const next = await only(made.id);
  assert.ok(next.processed_rows >= audience.processed_rows);
  audience = next;
  if (audience.status !== seen.at(-1)) seen.push(audience.status);
}
assert.deepEqual(seen, ['pending', 'processing', 'syncing', 'ready']);
assert.equal(audience.progress_percent, 100);

// Pages.
for (let number = 0; number < 11; number += 1) await client.audiences.create({ name: `number ${number}`, ...order });
const ids = [];
for await (const each of client.audiences.list({ account_id: 'biz_js', first: 5 })) ids.push(each.id);
assert.equal(ids.length, 12);
assert.equal(new Set(ids).size, 12);

// Deleted once, then not found.
assert.equal((await client.audiences.delete(made.id)).success, true);
await assert.rejects(client.audiences.delete(made.id), NotFoundError);

// A wrong token.
const stranger = new Whop({ apiKey: 'invalid', ...options });
await assert.rejects(stranger.audiences.create({ name: 'never', ...order }), AuthenticationError);

// A file, uploaded and counted.
const file = await client.files.create({ filename: 'customers.csv' });
const uploaded = await fetch(file.upload_url, { method: 'PUT', body: 'Email\na@example.com\nb@example.com\n' });
assert.equal(uploaded.status, 200);
await advance('1s');
assert.equal((await client.files.retrieve(file.id)).upload_status, 'ready');
const counted = await client.audiences.create({ name: 'counted', ...order, file_id: file.id });
await advance('1m');
assert.equal((await only(counted.id)).total_rows, 2);
console.log('ok');
