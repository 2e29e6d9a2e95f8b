import { router } from '../trpc.ts';
import { create } from './create.ts';
import { list } from './list.ts';
import { readMetadata } from './read-metadata.ts';
import { remove } from './remove.ts';
import { save } from './save.ts';

export const ssoRouter = router({ create, list, readMetadata, remove, save });
