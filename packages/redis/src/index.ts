export { type RedisChannelOptions, redisChannel } from './redis-channel.ts'
