// Something that one tab of the browser does at a time: beginning the visitor's session. Two first
// requests at once would begin two, of which the browser keeps one. Used by api.js; knows nothing
// of HTTP.
//
// Web Locks do it where there are any. Over plain http there are none: then it is a lease in
// IndexedDB, whose transactions exclude each other across tabs. Where there is neither, nothing is
// kept for the visitor anyway.
//
// SPDX-License-Identifier: MIT

// A tab that was frozen, or closed, while it had its turn does not give it back.
const LIMIT_MS = 45_000;
const LEASE_MS = 40_000;
const PAUSE_MS = 50;

const DATABASE = 'plainchat';
const STORE = 'turns';

/**
 * Does it when no other tab does.
 * @template T
 * @param {string} name the same in all tabs
 * @param {() => Promise<T>} action
 * @returns {Promise<T>} of the action
 */
export async function takeTurn(name, action) {
  const giveBack = await waitForLock(name) ?? await waitForLease(name);
  try {
    return await action();
  } finally {
    giveBack?.();
  }
}

// Gives the function that ends the turn; null where there are no locks.
async function waitForLock(name) {
  if (!globalThis.navigator?.locks) {
    return null;
  }
  const control = new AbortController();
  const timer = setTimeout(() => control.abort(), LIMIT_MS);
  const turn = new Promise((resolve, reject) => {
    navigator.locks.request(name, { signal: control.signal },
      () => new Promise((end) => { resolve(end); })).catch(reject);
  });
  try {
    return await turn;
  } catch (error) {
    return error.name === 'AbortError' ? () => {} : null;
  } finally {
    clearTimeout(timer);
  }
}

// The same by a lease.
async function waitForLease(name) {
  const me = `${performance.now()} ${Math.random()}`;
  const end = Date.now() + LIMIT_MS;
  let database;
  try {
    database = await openDatabase();
    while (!await takeLease(database, name, me) && Date.now() < end) {
      await new Promise((resolve) => { setTimeout(resolve, PAUSE_MS); });
    }
    const held = database;
    return () => giveLeaseBack(held, name, me);
  } catch {
    database?.close();
    return null;
  }
}

function openDatabase() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error('blocked'));
  });
}

// One transaction: what `change` makes of the lease that there is, it returns.
function changeLease(database, name, change) {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(STORE, 'readwrite');
    const store = transaction.objectStore(STORE);
    const request = store.get(name);
    let result;
    request.onsuccess = () => { result = change(store, request.result); };
    transaction.oncomplete = () => resolve(result);
    transaction.onabort = () => reject(transaction.error);
  });
}

function takeLease(database, name, me) {
  return changeLease(database, name, (store, lease) => {
    const now = Date.now();
    // One of a clock that was ahead ends, too.
    const isFree = !lease || lease.until < now || lease.until > now + LEASE_MS;
    if (isFree) {
      store.put({ me, until: now + LEASE_MS }, name);
    }
    return isFree;
  });
}

async function giveLeaseBack(database, name, me) {
  try {
    await changeLease(database, name, (store, lease) => {
      if (lease?.me === me) {
        store.delete(name);
      }
    });
  } catch {
    // It ends by itself.
  }
  database.close();
}
