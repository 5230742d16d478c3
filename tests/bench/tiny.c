/* tiny.c: the smallest program that is dynamically linked: what it costs to run is start-up. */

int main(void)
{
	return 0;
}
