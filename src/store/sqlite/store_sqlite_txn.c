/*
 * Where an operation begins and ends: a snapshot for one that reads, and the caller's transaction
 * for one that writes.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store/sqlite/store_sqlite.h"

enum err
store_check_writing(struct store *store, const char *operation)
{
	if (store->is_writing)
		return store->is_failed ? ERR_STORE : ERR_NONE;
	return store_fail_because(store, operation, "no transaction");
}

/* The handle's use is let go meanwhile: only who has the lock closes others' connections. */
static enum err
recover(struct store *store)
{
	pthread_mutex_unlock(&store->use);
	enum err err = store_lock(store);
	if (err == ERR_NONE && store_has_lost_files(store))
		err = store_recover_files(store);
	store_unlock(store);
	pthread_mutex_lock(&store->use);
	return err;
}

enum err
store_begin_reading(struct store *store, const char *operation, bool *is_there)
{
	*is_there = true;
	if (store->is_writing)
		return store_settle_room(store);
	pthread_mutex_lock(&store->use);
	enum err err = store_has_lost_files(store) ? recover(store) : ERR_NONE;
	if (err == ERR_NONE)
		err = store_connect(store, is_there);
	if (err == ERR_NONE && *is_there)
		err = query_run_plain(store, STATEMENT_BEGIN, operation);
	if (err != ERR_NONE)
		store_disconnect(store);
	if (err != ERR_NONE || !*is_there)
		pthread_mutex_unlock(&store->use);
	return err;
}

enum err
store_end_reading(struct store *store, enum err err)
{
	if (store->is_writing)
		return err;
	if (err == ERR_NONE)
		err = query_run_plain(store, STATEMENT_COMMIT, "end_reading");
	if (err != ERR_NONE || store->must_reconnect)
		store_disconnect(store);
	pthread_mutex_unlock(&store->use);
	return err;
}
